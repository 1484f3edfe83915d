import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { holderText, isAlive } from "#host/holder.ts";
import { ledgerText } from "#host/ledger.ts";
import { itemText } from "#host/order.ts";
import { differences, haveOf, riskOf } from "#host/plan.ts";
import type { Plan } from "#host/plan.ts";
import { understand } from "#host/probe.ts";
import { beginScript, commitScript, heartbeatScript, operations, outcomeScript, resumeScript, rollbackScript } from "#host/transaction.ts";
import type { Names, Operation } from "#host/transaction.ts";
import { saidBy, verdict } from "#host/verdict.ts";
import { isNoEntry } from "#host/ways.ts";
import type { Ways } from "#host/ways.ts";
import { isDifference } from "#model/change.ts";
import { Fault, isFault } from "#model/fault.ts";
import type { HostState } from "#model/fault.ts";
import type { Answer, Transport } from "#model/transport.ts";

/** A step of a running transaction, or what it waits for. */
export interface Progress {
  readonly text: string;
  /** Counted from 1. */
  readonly index: number;
  readonly of: number;
  /** Absent while it runs. */
  readonly seconds?: number;
  /** Not a step: worth being read, also afterwards. */
  readonly note?: true;
}

/** How long a host waits for a new connection, in seconds, where the connection does not say it (netplan waits 120, Junos 600). */
export const CONFIRM_SECONDS = 60;

/** How much longer than it promised we give a host to undo everything: it may have to install a package again. */
const GRACE_MS = 180_000;

/** Between two looks at a lock. */
const RETRY_MS = 1000;

/**
 * Waits between two tries to come in: seldom enough that sshd's PerSourcePenalties (sshd_config(5): 5 s for each try, in force from 15 s on) do not
 * shut us out of a host that has long undone the change.
 */
const pause = (tries: number): Promise<void> => sleep(([1, 2, 3][tries] ?? 5) * 1000);

/** One transaction under way. */
interface Transaction {
  readonly ways: Ways;
  readonly plan: Plan;
  readonly names: Names;
  readonly ops: readonly Operation[];
  readonly report: ((progress: Progress) => void) | undefined;
  /** How long the steps may take; on the clock of `performance`, until when. */
  readonly limit: { readonly seconds: number; readonly deadline: number };
}

/**
 * Runs a plan: steps, verify, commit; anything else is undone by the host and thrown. A plan that may cut the connection is
 * committed over a new one, made the declared way; when none can be made in time, the host undoes everything by itself.
 *
 * @param seconds - after that long nobody asks after the steps any more, and the host undoes them as if we were gone. 0: never; nor
 * does it where no process outlives an exchange
 */
export async function transact(ways: Ways, plan: Plan, report?: (progress: Progress) => void, seconds = 0): Promise<void> {
  if (plan.actions.some(({ action }) => action === "cannot-tell")) throw new Error("a plan with unknown values cannot be applied");
  if (plan.empty) return;
  const names: Names = {
    id: randomBytes(8).toString("hex"),
    token: randomBytes(16).toString("hex"),
    holder: holderText(plan.owner),
    limit: plan.confirmSeconds ?? CONFIRM_SECONDS,
    risky: ways.lasting && riskOf(plan) !== "none",
    lasting: ways.lasting,
  };
  const transaction: Transaction = { ways, plan, names, ops: operations(plan), report, limit: { seconds, deadline: seconds > 0 ? performance.now() + seconds * 1000 : Infinity } };
  const answered = await beginInTurn(transaction);
  const deadline = performance.now() + names.limit * 1000;
  await verify(transaction, answered);
  await commit(transaction, deadline);
}

/** As `begin`; the steps of a run of this machine that was killed are waited for, as the host is about to end them. */
async function beginInTurn(transaction: Transaction): Promise<Buffer> {
  const deadline = performance.now() + transaction.names.limit * 1000 + GRACE_MS;
  for (let waited = false; ; waited = true) {
    try {
      return await begin(transaction);
    } catch (error) {
      if (waited && isFault(error, "plan.stale"))
        throw new Fault("plan.stale", { host: error.host, hostState: error.hostState, message: error.message, detail: { ...error.detail, recovered: true } });
      if (!isFault(error, "host.locked") || isAlive(error.detail.holder) !== false || performance.now() > deadline) throw error;
      say(transaction, `waits for what is left of ${error.detail.holder}`);
      // Where no process outlives an exchange, nothing is left that could end it.
      if (transaction.ways.lasting) await sleep(RETRY_MS);
      else transaction = { ...transaction, names: { ...transaction.names, gone: error.detail.holder } };
    }
  }
}

/** The first half. Returns the bytes of the second probe. */
async function begin(transaction: Transaction): Promise<Buffer> {
  const { ways, plan, names, ops, report } = transaction;
  using _ = heartbeat(transaction);
  let began: Answer;
  try {
    began = await ways.exchange(beginScript(plan, ops, names), report && watch(ops, names, report));
  } catch (error) {
    // The line may have broken before the first word came through.
    if (!isFault(error, "host.unreachable") || !ways.lasting) throw error;
    began = { stdout: Buffer.alloc(0), stderr: error.detail.reason, exitCode: 255 };
    if ((await attempt(ways.all, outcomeScript(names), names))?.word !== "waits") throw error;
  }
  try {
    return verdict(began, names, ops, plan);
  } catch (error) {
    if (!isFault(error, "host.unreachable")) throw error;
    if (ways.lasting) return await resume(transaction, error);
    throw await cutOff(transaction, error);
  }
}

/** The fault of steps that ended before their time where nobody on the host can undo them: we do. */
async function cutOff({ ways, plan, names }: Transaction, broken: Fault<"host.unreachable">): Promise<Fault> {
  if (!isReverted(await ways.exchange(rollbackScript(names)), names)) return broken;
  const message = `${plan.host}: the shell that ran the steps ended before its time. Everything was rolled back.`;
  return new Fault("host.unreachable", { host: plan.host, hostState: "reverted", detail: broken.detail, message });
}

/** Goes on over a new connection after the one that the steps ran on broke. */
async function resume(transaction: Transaction, broken: Fault<"host.unreachable">): Promise<Buffer> {
  const { ways, plan, names, ops } = transaction;
  say(transaction, `the connection broke (${broken.detail.reason.split("\n").at(-1) ?? ""}); trying a new one`);
  const deadline = performance.now() + names.limit * 1000;
  for (let tries = 0; performance.now() < deadline; tries++) {
    const found = await attempt(ways.all, resumeScript(plan, names), names);
    if (found?.word === "applied") return verdict(found.answer, names, ops, plan);
    if (found?.word === "lost") throw unconfirmed(transaction, broken.detail.reason, found.state);
    await pause(tries);
  }
  throw unconfirmed(transaction, broken.detail.reason, await settled(transaction));
}

/** True when everything was undone, by this script or before it. */
const isReverted = (answer: Answer, names: Names): boolean => saidBy(answer, names).some(({ word, words }) => word === "reverted" || words[0] === "reverted");

/** Asks the host again: what is still not as wanted is a failure, and undone. */
async function verify({ ways, plan, names }: Transaction, answered: Buffer): Promise<void> {
  const after = understand(plan.answers.question, answered, plan.host);
  const off = plan.wanted.flatMap((declared) => differences(declared, haveOf(declared, after), () => false).filter(isDifference).map(({ field }) => `${itemText(declared.item)} ${field}`));
  if (off.length === 0) return;
  const state: HostState = isReverted(await ways.exchange(rollbackScript(names)), names) ? "reverted" : "partial";
  throw new Fault("apply.unconverged", {
    host: plan.host,
    hostState: state,
    detail: { fields: off },
    message: `${plan.host}: after apply these are still not as declared: ${off.join(", ")}. ${state === "reverted" ? "Everything was rolled back." : "Rolling back failed in part."}`,
  });
}

/** The second half. A risky plan is committed by a connection of its own: that it stands is the proof. */
async function commit(transaction: Transaction, deadline: number): Promise<void> {
  const { ways, plan, names } = transaction;
  const script = commitScript(plan, names);
  // When everything is given back, the way in may be the former one again.
  const confirming = plan.wanted.length === 0 ? ways.all : ways.all.slice(0, 1);
  let reason = "";
  const onFailure = (why: string, answer?: Answer): void => {
    if (answer !== undefined) cut.push(answer);
    if (reason === "") say(transaction, `no new connection yet (${why.split("\n").at(-1) ?? ""}); the host undoes everything in ${names.limit.toString()} s if that stays so`);
    reason = why;
  };
  const cut: Answer[] = [];
  let found = names.risky ? undefined : await attempt([{ ...ways, fresh: (text) => ways.exchange(text) }], script, names, onFailure);
  for (let tries = 0; found === undefined && performance.now() < deadline; tries++) {
    found = await attempt(confirming, script, names, onFailure);
    if (found === undefined) await pause(tries);
  }
  if (found?.word === "committed") return;
  // An answer that was cut off may have been that of a commit.
  const isCommit = found?.word === "lost" && cut.length > 0 ? await isCommitted(transaction) : false;
  if (isCommit === true) return;
  throw unconfirmed(transaction, reason, isCommit === undefined ? "unknown" : found?.word === "lost" ? found.state : await settled(transaction));
}

/** Whether the host has the ledger that the plan leads to, and is as wanted; undefined when it cannot be asked. */
async function isCommitted({ ways, plan }: Transaction): Promise<boolean | undefined> {
  const { question } = plan.answers;
  let answer: Answer;
  try {
    answer = await ways.exchange(question.script);
  } catch (error) {
    if (!isNoEntry(error)) throw error;
    return undefined;
  }
  const now = understand(question, answer.stdout, plan.host);
  return ledgerText(now.ledger) === ledgerText(plan.ledger) && plan.wanted.every((declared) => !differences(declared, haveOf(declared, now), () => false).some(isDifference));
}

/** Waits until the host has undone the transaction by itself, and tells in what state that left it. */
async function settled(transaction: Transaction): Promise<HostState> {
  const { ways, names } = transaction;
  say(transaction, "waiting until the host has undone everything");
  const deadline = performance.now() + names.limit * 1000 + GRACE_MS;
  for (let tries = 0; performance.now() < deadline; tries++) {
    const found = await attempt([...ways.all].reverse(), outcomeScript(names), names);
    if (found?.word === "lost") return found.state;
    await pause(tries);
  }
  return "unknown";
}

const ends = ["applied", "committed", "lost", "waits"] as const;
const isEnd = (word: string): word is (typeof ends)[number] => ends.some((end) => end === word);

/** What one of several ways answered over a new connection. */
interface Found {
  readonly word: (typeof ends)[number];
  readonly state: HostState;
  readonly answer: Answer;
}

/** Tries each way once; undefined when nobody let us in, or the answer was cut off. */
async function attempt(ways: readonly Transport[], script: string, names: Names, onFailure: (reason: string, answer?: Answer) => void = () => undefined): Promise<Found | undefined> {
  for (const way of ways) {
    try {
      const answer = await way.fresh(script);
      for (const { word, words } of saidBy(answer, names)) if (isEnd(word)) return { word, state: words[0] === "partial" ? "partial" : "reverted", answer };
      onFailure(answer.stderr.trim(), answer);
    } catch (error) {
      if (!isNoEntry(error) || !isFault(error)) throw error;
      onFailure("reason" in error.detail ? error.detail.reason : error.message);
    }
  }
  return undefined;
}

/** The fault of a change that nobody confirmed. */
function unconfirmed({ plan, names, limit }: Transaction, reason: string, hostState: HostState): Fault {
  const after: Readonly<Record<HostState, string>> = {
    untouched: "Nothing was touched.",
    reverted: "Everything was rolled back by the host itself.",
    partial: "Rolling back failed in part; its files are kept in /var/lib/steading/failed.",
    unknown: "Whether the host rolled everything back cannot be seen from here.",
  };
  const late = isOver(limit) ? `the steps took longer than the ${limit.seconds.toString()} s that they were given` : undefined;
  const what = late ?? `the change was not confirmed within ${names.limit.toString()} s: ${reason === "" ? "the connection broke" : reason}`;
  return new Fault("apply.unconfirmed", { host: plan.host, hostState, detail: { reason: late ?? reason, seconds: names.limit }, message: `${plan.host}: ${what}. ${after[hostState]}` });
}

const say = ({ ops, report }: Transaction, text: string): void => report?.({ text, index: ops.length, of: ops.length, note: true });

const isOver = ({ deadline }: Transaction["limit"]): boolean => performance.now() > deadline;

/** Tells the host now and then that somebody still waits for the end of the steps. */
function heartbeat({ ways, names, limit }: Transaction): Disposable {
  let isUnderWay = false;
  const timer = setInterval(() => {
    if (isUnderWay || !ways.lasting || isOver(limit)) return;
    isUnderWay = true;
    // A beat that does not get through is what the host listens for.
    void ways.exchange(heartbeatScript(names)).then(() => undefined, () => undefined).finally(() => { isUnderWay = false; });
  }, names.limit * 250);
  return { [Symbol.dispose]: () => { clearInterval(timer); } };
}

/** Turns the script's lines into progress. */
function watch(ops: readonly Operation[], { token }: Names, report: (progress: Progress) => void): (line: string) => void {
  const since = new Map<number, number>();
  return (line) => {
    const [said, word, rest = ""] = line.split(" ");
    if (said !== token) return;
    if (word === "kept") report({ text: `kept: ${Buffer.from(rest, "base64").toString()}`, index: ops.length, of: ops.length, note: true });
    if (word === "note") report({ text: Buffer.from(rest, "base64").toString(), index: 0, of: ops.length, note: true });
    if (word === "waits") report({ text: `waits for ${Buffer.from(rest, "base64").toString()}`, index: 0, of: ops.length });
    if (word !== "begin" && word !== "end") return;
    const index = Number(rest);
    const text = ops[index]?.text ?? "";
    const started = since.get(index);
    if (word === "begin") since.set(index, performance.now());
    report({ text, index: index + 1, of: ops.length, ...(started === undefined ? {} : { seconds: (performance.now() - started) / 1000 }) });
  };
}
