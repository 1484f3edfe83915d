import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { connect } from "#host/connect.ts";
import { kindNamed } from "#host/kinds.ts";
import type { Owner } from "#host/ledger.ts";
import { ownerText } from "#host/ledger.ts";
import type { Declared } from "#host/order.ts";
import { itemText } from "#host/order.ts";
import { differences, haveOf, isUnknown, makePlan } from "#host/plan.ts";
import type { Plan, PlanInput } from "#host/plan.ts";
import { prober, understand } from "#host/probe.ts";
import type { Answers } from "#host/probe.ts";
import { beginScript, commitScript, operations, rollbackScript } from "#host/transaction.ts";
import type { Names, Operation } from "#host/transaction.ts";
import { verdict } from "#host/verdict.ts";
import { isDifference } from "#model/change.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import type { Read } from "#model/fact.ts";
import { Fault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";
import { secretTexts } from "#model/mask.ts";
import { hasSecret, isObject, reveal } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** A step of a running transaction. */
export interface Progress {
  readonly text: string;
  /** Counted from 1. */
  readonly index: number;
  readonly of: number;
  /** Absent while it runs. */
  readonly seconds?: number;
}

/** One host in one run. */
export interface HostSession {
  readonly name: string;
  /** Opens the connection ahead of need. */
  warm(): void;
  probe(reads: readonly Read<unknown>[]): Promise<Answers>;
  /** Probe and pure diff. `want` and `old` may hold secrets as `secret()`; an item that holds an unknown is "cannot tell". */
  plan(owner: Owner, want: readonly Item[], old: readonly Item[]): Promise<Plan>;
  /** Transaction, verify, commit. Throws a Fault that says in which state the host is. */
  apply(plan: Plan, report?: (progress: Progress) => void): Promise<void>;
  /** Asks ahead what a plan for these items, or a probe of these reads, will ask; the next such plan or probe takes the answer. */
  prefetch(ahead: { readonly items?: readonly Item[]; readonly reads?: readonly Read<unknown>[] }): void;
  close(): Promise<void>;
}

const sessions = new Map<string, HostSession>();

/** The session of a host: one per connection and process. */
export function openHost(to: Connection): HostSession {
  const key = JSON.stringify(to);
  const session = sessions.get(key) ?? makeSession(to);
  sessions.set(key, session);
  return session;
}

function makeSession(to: Connection): HostSession {
  const transport = connect(to);
  const ask = prober(transport);
  const ahead = new Map<string, Promise<Answers>>();
  let last: Promise<unknown> = Promise.resolve();

  const askAhead = (reads: readonly Read<unknown>[]): void => {
    const answers = ask(reads);
    answers.catch(() => undefined);
    ahead.set(questionKey(reads), answers);
  };
  const answersFor = async (reads: readonly Read<unknown>[]): Promise<Answers> => {
    const key = questionKey(reads);
    const early = ahead.get(key);
    ahead.delete(key);
    return early?.catch(() => ask(reads)) ?? ask(reads);
  };

  return {
    name: hostName(to),
    warm: () => { transport.warm(); },
    probe: answersFor,
    async plan(owner, want, old) {
      const [wanted, olds] = await Promise.all([declare(want), declare(old)]);
      const answers = await answersFor(readsOf([...wanted, ...olds]));
      const declared = new Map(wanted.map((one, index) => [one.item, { kind: one.kind, raw: want[index]?.want as JsonObject }]));
      const isSecret: PlanInput["isSecret"] = (item, field) => {
        const { kind, raw } = declared.get(item) ?? {};
        return kind?.props.schemas[field]?.secret === true || hasSecret(raw?.[field] ?? null);
      };
      const secrets = secretTexts([...want, ...old].map((item) => item.want as Json));
      return makePlan({ owner, host: hostName(to), want: wanted, old: olds, answers, secrets, isSecret });
    },
    async apply(plan, report) {
      // Layers of one host queue for its lock.
      const turn = last.then(() => transact(transport, plan, report));
      last = turn.catch(() => undefined);
      await turn;
    },
    prefetch({ items, reads = [] }) {
      if (reads.length > 0) askAhead(reads);
      if (items === undefined) return;
      const pending = declare(items).then((declared) => readsOf(declared));
      void pending.then(askAhead, () => undefined);
    },
    async close() {
      await last;
      sessions.delete(JSON.stringify(to));
      await transport.close();
    },
  };
}

/** Items with their kinds and open secrets. */
async function declare(items: readonly Item[]): Promise<readonly Declared[]> {
  return Promise.all(
    items.map(async (item) => {
      const kind = await kindNamed(item.kind);
      if (!kind) throw new Error(`unchecked item: there is no kind ${item.kind}`);
      const want = reveal(item.want as Json);
      return { item: { ...item, want: isObject(want) ? want : {} }, kind };
    }),
  );
}

const readsOf = (declared: readonly Declared[]): readonly Read<unknown>[] =>
  declared.filter(({ item }) => !isUnknown(item)).flatMap(({ item, kind }) => Object.values(kind.reads(item.want)));

const questionKey = (reads: readonly Read<unknown>[]): string => JSON.stringify([...new Set(reads.map(({ fact, subject }) => `${fact.fact} ${subject}`))]);

type Transport = ReturnType<typeof connect>;

/** Runs a plan: begin, verify, commit; anything else is undone by the host and thrown. */
async function transact(transport: Transport, plan: Plan, report?: (progress: Progress) => void): Promise<void> {
  if (plan.actions.some(({ action }) => action === "cannot-tell")) throw new Error("a plan with unknown values cannot be applied");
  if (plan.empty) return;
  const names: Names = {
    id: randomBytes(8).toString("hex"),
    token: randomBytes(16).toString("hex"),
    holder: `${ownerText(plan.owner)}, by ${userInfo().username}@${hostname()} (pid ${process.pid.toString()}) since ${new Date().toISOString()}`,
  };
  const ops = operations(plan);
  const began = await transport.exchange(beginScript(plan, ops, names), report && watch(ops, names, report));
  const answered = verdict(began, names, ops, plan);
  const after = understand(plan.answers.question, answered, plan.host);
  const off = plan.wanted.flatMap((declared) => differences(declared, haveOf(declared, after), () => false).filter(isDifference).map(({ field }) => `${itemText(declared.item)} ${field}`));
  if (off.length > 0) {
    const undone = await transport.exchange(rollbackScript(names));
    const reverted = undone.stdout.toString().includes(`${names.token} reverted`);
    throw new Fault("apply.unconverged", {
      host: plan.host,
      hostState: reverted ? "reverted" : "partial",
      detail: { fields: off },
      message: `${plan.host}: after apply these are still not as declared: ${off.join(", ")}. ${reverted ? "Everything was rolled back." : "Rolling back failed in part."}`,
    });
  }
  const committed = await transport.exchange(commitScript(plan, names));
  if (!committed.stdout.toString().includes(`${names.token} committed`))
    throw new Fault("host.locked", {
      host: plan.host,
      hostState: "unknown",
      detail: { holder: "" },
      message: `${plan.host}: another run took over the transaction before it was committed. Run again to see the state.`,
    });
}

/** Turns the script's lines into progress. */
function watch(ops: readonly Operation[], { token }: Names, report: (progress: Progress) => void): (line: string) => void {
  const since = new Map<number, number>();
  return (line) => {
    const match = /^([0-9a-f]+) (begin|end) (\d+)$/.exec(line);
    if (match?.[1] !== token) return;
    const index = Number(match[3]);
    const text = ops[index]?.text ?? "";
    const started = since.get(index);
    if (match[2] === "begin") since.set(index, performance.now());
    report({ text, index: index + 1, of: ops.length, ...(started === undefined ? {} : { seconds: (performance.now() - started) / 1000 }) });
  };
}
