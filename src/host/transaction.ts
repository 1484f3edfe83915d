import { readFileSync } from "node:fs";
import { HOME, ledgerText, ownerText } from "#host/ledger.ts";
import { itemText } from "#host/order.ts";
import { riskOf } from "#host/plan.ts";
import type { Action, Plan } from "#host/plan.ts";
import { allowedExits, pathKey, payload, proofScript, stepScript, stepText, touchedPaths } from "#host/script.ts";
import type { Payload } from "#host/script.ts";
import { quote } from "#model/quote.ts";
import type { Step } from "#model/step.ts";

const library = ["transaction.sh", "keeper.sh", "running.sh", "trial.sh"].map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("\n");

/** One command of a transaction: a step, and the items it serves (several when their steps were joined). */
export interface Operation {
  readonly step: Step;
  /** Numbers of actions in the plan; empty for a reaction. */
  readonly items: readonly number[];
  /** For progress: `package htop, curl: apt-get install …`. */
  readonly text: string;
}

/** The steps of a plan in order, neighbours joined where they ask for it. */
export function operations(plan: Pick<Plan, "actions" | "reactions">): readonly Operation[] {
  const joined: { step: Step; items: number[] }[] = [];
  const once = new Set<string>();
  const add = (step: Step, items: readonly number[]): void => {
    const last = joined.at(-1);
    if (step.do === "run" && step.once === true) {
      const text = JSON.stringify(step);
      const earlier = once.has(text) && items.length > 0;
      once.add(text);
      if (earlier) return;
    }
    if (last?.step.do === "run" && step.do === "run" && step.each && sameButEach(last.step, step)) {
      joined[joined.length - 1] = { step: { ...step, each: [...(last.step.each ?? []), ...step.each] }, items: [...last.items, ...items] };
    } else joined.push({ step, items: [...items] });
  };
  plan.actions.forEach(({ steps }, index) => {
    for (const step of steps) add(step, [index]);
  });
  for (const { steps } of plan.reactions) for (const step of steps) add(step, []);
  return joined.map(({ step, items }) => ({ step, items, text: operationText(step, items, plan) }));
}

const sameButEach = (a: Extract<Step, { do: "run" }>, b: Extract<Step, { do: "run" }>): boolean =>
  JSON.stringify({ ...a, each: undefined }) === JSON.stringify({ ...b, each: undefined });

function operationText(step: Step, items: readonly number[], plan: Pick<Plan, "actions">): string {
  const named = items.flatMap((index) => plan.actions[index]?.item ?? []);
  const first = named[0];
  if (first === undefined) return stepText(step);
  const who = named.length === 1 ? itemText(first) : `${named.length.toString()} × ${first.kind}`;
  return `${who}: ${stepText(step)}`;
}

/** What names a transaction on the host, and how it is kept. */
export interface Names {
  /** Of this transaction: hex. */
  readonly id: string;
  /** Begins each line that the script says to us: hex, not guessable. */
  readonly token: string;
  /** Who holds the lock, for others to read. */
  readonly holder: string;
  /** For how many seconds nobody may care for it before the host undoes it by itself. */
  readonly limit: number;
  /** It may cut the connection or keep the machine from booting. */
  readonly risky: boolean;
  /** A process on the host outlives an exchange, and can keep the transaction. */
  readonly lasting: boolean;
  /** A holder of the lock that is known to be dead. @defaultValue none */
  readonly gone?: string;
}

const settings = ({ id, token, limit, risky, lasting }: Names, home = quote(HOME)): string =>
  `home=${home} id=${quote(id)} token=${quote(token)} limit=${limit.toString()} risky=${risky ? "1" : ""} brief=${lasting ? "" : "1"}`;

const preamble = (names: Names): string => `${settings(names)}\n${library}`;

/** As `preamble`, in a script that lies on the host beside the library; what undoes a change may lie elsewhere than what made it. */
const onDisk = (names: Names): string => `${settings(names, `"\${1:-${HOME}}"`)}\n. "$home/txn/$id/library.sh"`;

/** What the next start of the machine has to prove, as the journal names it. */
const onTrial = ({ actions, reactions }: Plan): readonly string[] => [
  ...actions.flatMap(({ steps, risk }, index) => (steps.length > 0 && risk !== "none" ? [`i${index.toString()}`] : [])),
  ...(reactions.some(({ risk }) => risk !== "none") ? ["reaction"] : []),
];

/** Steps in reverse order of their items, with the guard that each runs only if the journal has its item. */
function undoScript(plan: Plan, stage: Payload["stage"]): string {
  const blocks = plan.actions.map(({ rollback }: Action, index) => {
    if ("impossible" in rollback) return `if begun i${index.toString()}; then echo ${quote(rollback.impossible)} >>"$out"; bad=1; fi`;
    if (rollback.length === 0) return "";
    const lines = rollback.map((step) => attempt(step, stage));
    return `if begun i${index.toString()}; then\n${lines.join("\n")}\nfi`;
  });
  const reactions = plan.reactions.flatMap(({ steps }) => steps.map((step) => attempt(step, stage)));
  const again = reactions.length === 0 ? "" : `if begun reaction; then\n${reactions.join("\n")}\nfi`;
  const journal = 'journal=" $(tr "\\n" " " <"$txn/journal") "\nbegun() { case "$journal" in *" $1 "*) ;; *) return 1 ;; esac; }';
  return ["undoing=1 bad=", journal, ...blocks.reverse(), again, 'test -z "$bad"'].filter((line) => line !== "").join("\n");
}

/** What a command makes is for everybody to see, as on a terminal; only what we keep ourselves is not. */
const usualMask = (step: Step): string => (step.do === "run" ? "umask 022; " : "umask 077; ");

/** A step of an undo: a failure is remembered and the rest goes on. */
const attempt = (step: Step, stage: Payload["stage"]): string =>
  `${usualMask(step)}{ ${stepScript(step, stage)}; } >>"$out" 2>&1; case " ${allowedExits(step)} " in *" $? "*) ;; *) bad=1 ;; esac`;

/** The first half: lock, compare, save, prove, run, probe again. Ends with the lock held unless it says otherwise. */
export function beginScript(plan: Plan, ops: readonly Operation[], names: Names): string {
  const files = payload();
  const { question, digest } = plan.answers;
  const rollback = plan.actions.flatMap(({ rollback: steps }) => ("impossible" in steps ? [] : steps));
  const undo = undoScript(plan, files.stage);
  const saves = touchedPaths([...ops.map(({ step }) => step), ...rollback]).map((path) => `save ${pathKey(path)} ${quote(path)} || broken=1`);
  const proofs = ops.flatMap(({ step }) => (step.do === "write-file" && step.prove ? [proof(step.prove, files.stage(step))] : []));
  const runs = ops.map((op, index) => `${marks(ops, index)}${operationScript(op, index, files.stage)}`);
  const border = `EOF_${names.token}`;
  const places = [...new Set(ops.flatMap(({ step }) => (step.do === "run" ? [] : [quote(step.path.replace(/\/[^/]*$/, "") || "/")])))];
  return [
    settings(names),
    `library=$(cat <<'${border}'\n${library}\n${border}\n)\neval "$library"`,
    "trap : HUP PIPE",
    `question() {\n${question.script}\n}`,
    `take_lock ${quote(names.holder)} ${quote(names.gone ?? "")}`,
    `test "$(question | sha256sum | cut -d ' ' -f 1)" = ${digest} || refuse "plan.\${recovered:-stale}" ${quote(`${ownerText(plan.owner)}: the host changed after the plan was made`)}`,
    "broken=",
    ...saves,
    'printf %s "$library" >"$txn/library.sh" || broken=1',
    `base64 -d <<'${border}' | tar -xf - -C "$stage" || broken=1\n${wrap(files.archive())}\n${border}`,
    `cat >"$txn/undo.new" <<'${border}' || broken=1\n${onDisk(names)}\n${undo}\n${border}`,
    `cat >"$txn/keeper.sh" <<'${border}' || broken=1\n${onDisk(names)}\nkeep\n${border}`,
    "reserve || broken=1",
    "note_running || broken=1",
    ...(names.risky ? [`trial_begin '${riskOf(plan) === "boot" ? "boot" : ""}' ${onTrial(plan).join(" ")} || broken=1`] : []),
    'test -z "$broken" || refuse host.unwritable "$home: no room for what an undo would need"',
    ...proofs,
    'mv "$txn/undo.new" "$txn/undo.sh"',
    "flush",
    'arm || refuse host.unwritable "$home: nobody could be set to watch over the change"',
    ...runs,
    `flush ${places.join(" ")}`,
    "is_kept || give_up",
    "lease $limit",
    'date +%s >"$txn/applied" || give_up',
    "tell_kept",
    "say applied",
    "question",
  ].join("\n");
}

/**
 * What is journalled before an operation: a command by itself; file operations together with those that follow them, as their
 * undo goes by what was there and may run for one that never began.
 */
function marks(ops: readonly Operation[], index: number): string {
  const isFile = (op: Operation | undefined): boolean => op !== undefined && op.step.do !== "run";
  const op = ops[index];
  if (op === undefined || (isFile(op) && isFile(ops[index - 1]))) return "";
  const end = ops.findIndex((other, at) => at > index && !isFile(other));
  const together = isFile(op) ? ops.slice(index, end === -1 ? ops.length : end) : [op];
  const items = [...new Set(together.flatMap(({ items: some }) => (some.length === 0 ? ["reaction"] : some.map((item) => `i${item.toString()}`))))];
  return `mark ${items.join(" ")} || ended ${index.toString()} 1 0\n`;
}

/** Base64 in lines that every decoder takes. */
const wrap = (bytes: Buffer): string => bytes.toString("base64").replaceAll(/.{76}/g, "$&\n");

/** A check on the staged copy; where its program is not there yet, it is left to the moment before activation. */
const proof = (prove: readonly string[], staged: string): string => {
  const command = proofScript(prove, staged);
  const program = quote(prove[0] ?? "true");
  return `if command -v ${program} >/dev/null; then { ${command}; } >"$out" 2>&1 </dev/null || refuse proof.failed "$(cat "$out")"; fi`;
};

function operationScript({ step }: Operation, index: number, stage: Payload["stage"]): string {
  const op = index.toString();
  const late = step.do === "write-file" && step.prove ? `${proofScript(step.prove, stage(step))} </dev/null && ` : "";
  return `begin ${op}\n${usualMask(step)}{ ${late}${stepScript(step, stage)}; } >>"$out" 2>&1\nended ${op} $? ${quote(allowedExits(step))}`;
}

/** Begins every script that goes on with a transaction. */
const goOn = (names: Names): string => `${preamble(names)}\ntrap : HUP PIPE\ntest "$(one_file "$home/lock/id")" = "$id" || { say "lost $(outcome)"; exit 0; }`;

/** Tells the keeper that somebody still cares while the steps run. */
export const heartbeatScript = (names: Names): string => `${goOn(names)}\ncat /proc/uptime >"$txn/heartbeat.new" && mv "$txn/heartbeat.new" "$txn/heartbeat"`;

/** After a connection that broke: waits for the end of the steps, then asks what the first half would have asked. */
export const resumeScript = (plan: Plan, names: Names): string =>
  [
    goOn(names),
    `question() {\n${plan.answers.question.script}\n}`,
    'until test -e "$txn/applied"; do\n  test -d "$txn" || { say "lost $(outcome)"; exit 0; }\n  cat /proc/uptime >"$txn/heartbeat"\n  sleep 1\ndone',
    "say applied",
    "question",
  ].join("\n");

/** The second half when the host is as wanted: ledger and originals, then the lock goes. Whoever runs it has come in: that is the confirmation. */
export function commitScript(plan: Plan, names: Names): string {
  const dropped = plan.actions.filter(({ action }) => action === "restore").flatMap(({ steps }) => touchedPaths(steps).map(pathKey));
  const border = `EOF_${names.token}`;
  return [
    goOn(names),
    "take_over",
    'rm -f "$txn/ballast"',
    "broken=",
    `cat >"$txn/ledger" <<'${border}' || broken=1\n${ledgerText(plan.ledger)}${border}`,
    `cat >"$txn/drop" <<'${border}' || broken=1\n${dropped.map((key) => `${key}\n`).join("")}${border}`,
    ...(plan.ledger.entries.length === 0 ? ['true >"$txn/leave" || broken=1'] : []),
    'test -z "$broken" || give_up',
    "flush",
    'mv "$txn/undo.sh" "$txn/committed" 2>/dev/null || { while test -d "$txn"; do sleep 1; done; say "lost $(outcome)"; exit 0; }',
    "flush",
    "say committed",
    "finish && release",
  ].join("\n");
}

/** The second half when it is not: everything back. */
export const rollbackScript = (names: Names): string => [goOn(names), "take_over", "give_up"].join("\n");

/** Tells how the transaction ended, once it has: `lost reverted`, `lost partial`; `waits` while it is there. */
export const outcomeScript = (names: Names): string => `${goOn(names)}\nsay waits`;
