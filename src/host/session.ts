import { kindNamed } from "#host/kinds.ts";
import type { Owner } from "#host/ledger.ts";
import type { Declared } from "#host/order.ts";
import { isUnknown, makePlan } from "#host/plan.ts";
import type { Plan, PlanInput } from "#host/plan.ts";
import { prober } from "#host/probe.ts";
import type { Answers } from "#host/probe.ts";
import { CONFIRM_SECONDS, transact } from "#host/transact.ts";
import type { Progress } from "#host/transact.ts";
import { waysTo } from "#host/ways.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import type { Read } from "#model/fact.ts";
import type { Item } from "#model/kind.ts";
import { secretTexts } from "#model/mask.ts";
import { hasSecret, isObject, reveal } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

/** One host in one run. */
export interface HostSession {
  readonly name: string;
  /** Opens the connection ahead of need. */
  warm(): void;
  probe(reads: readonly Read<unknown>[]): Promise<Answers>;
  /**
   * Probe and pure diff. `want` and `old` may hold secrets as `secret()`; an item that holds an unknown is "cannot tell".
   *
   * @param heirOf - the layer that will have a subject which this one lets go of
   */
  plan(owner: Owner, want: readonly Item[], old: readonly Item[], heirOf?: PlanInput["heirOf"]): Promise<Plan>;
  /** Transaction, verify, commit. Throws a Fault that says in which state the host is. `seconds` is how long the steps may take, 0 for as long as they need. */
  apply(plan: Plan, report?: (progress: Progress) => void, seconds?: number): Promise<void>;
  /** Asks ahead what a plan for these items, or a probe of these reads, will ask; the next such plan or probe takes the answer. */
  prefetch(ahead: { readonly items?: readonly Item[]; readonly reads?: readonly Read<unknown>[] }): void;
  close(): Promise<void>;
}

const sessions = new Map<string, HostSession>();

/**
 * The session of a host: one per connection and process.
 *
 * @param last - how the host was reached before, for as long as it does not answer as declared
 */
export function openHost(to: Connection, last?: Connection): HostSession {
  const key = JSON.stringify([to, last]);
  const session = sessions.get(key) ?? makeSession(key, to, last);
  sessions.set(key, session);
  return session;
}

function makeSession(session: string, to: Connection, former: Connection | undefined): HostSession {
  const ways = waysTo(to, former);
  const ask = prober(ways);
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
    warm: () => { ways.warm(); },
    probe: answersFor,
    async plan(owner, want, old, heirOf) {
      const [wanted, olds] = await Promise.all([declare(want), declare(old)]);
      const answers = await answersFor(readsOf([...wanted, ...olds]));
      const declared = new Map(wanted.map((one, index) => [one.item, { kind: one.kind, raw: want[index]?.want as JsonObject }]));
      const isSecret: PlanInput["isSecret"] = (item, field) => {
        const { kind, raw } = declared.get(item) ?? {};
        return kind?.props.schemas[field]?.secret === true || hasSecret(raw?.[field] ?? null);
      };
      const secrets = secretTexts([...want, ...old].map((item) => item.want as Json));
      const plan = makePlan({ owner, host: hostName(to), want: wanted, old: olds, answers, secrets, isSecret, heirOf });
      return to.via === "ssh" ? { ...plan, confirmSeconds: to.confirmSeconds ?? CONFIRM_SECONDS } : plan;
    },
    async apply(plan, report, seconds) {
      // Layers of one host queue for its lock.
      const turn = last.then(() => transact(ways, plan, report, seconds));
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
      sessions.delete(session);
      await ways.close();
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
