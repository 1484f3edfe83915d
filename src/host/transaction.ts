import { readFileSync } from "node:fs";
import { HOME, ledgerText, ownerText } from "#host/ledger.ts";
import { itemText } from "#host/order.ts";
import type { Action, Plan } from "#host/plan.ts";
import { allowedExits, pathKey, payload, proofScript, stepScript, stepText, touchedPaths } from "#host/script.ts";
import type { Payload } from "#host/script.ts";
import { quote } from "#model/quote.ts";
import type { Step } from "#model/step.ts";

const library = readFileSync(new URL("./transaction.sh", import.meta.url), "utf8");

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

/** What names a transaction on the host. */
export interface Names {
  /** Of this transaction: hex. */
  readonly id: string;
  /** Begins each line that the script says to us: hex, not guessable. */
  readonly token: string;
  /** Who holds the lock, for others to read. */
  readonly holder: string;
}

const preamble = (names: Names): string => `home=${quote(HOME)} id=${quote(names.id)} token=${quote(names.token)}\n${library}`;

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
  return ["undoing=1 bad=", ...blocks.reverse(), again, 'test -z "$bad"'].filter((line) => line !== "").join("\n");
}

/** A step of an undo: a failure is remembered and the rest goes on. */
const attempt = (step: Step, stage: Payload["stage"]): string =>
  `{ ${stepScript(step, stage)}; } >>"$out" 2>&1; case " ${allowedExits(step)} " in *" $? "*) ;; *) bad=1 ;; esac`;

/** The first half: lock, compare, save, prove, run, probe again. Ends with the lock held unless it says otherwise. */
export function beginScript(plan: Plan, ops: readonly Operation[], names: Names): string {
  const files = payload();
  const { question, digest } = plan.answers;
  const rollback = plan.actions.flatMap(({ rollback: steps }) => ("impossible" in steps ? [] : steps));
  const undo = undoScript(plan, files.stage);
  const saves = touchedPaths([...ops.map(({ step }) => step), ...rollback]).map((path) => `save ${pathKey(path)} ${quote(path)}`);
  const proofs = ops.flatMap(({ step }) => (step.do === "write-file" && step.prove ? [proof(step.prove, files.stage(step))] : []));
  const runs = ops.map((op, index) => operationScript(op, index, files.stage));
  const border = `EOF_${names.token}`;
  return [
    preamble(names),
    `question() {\n${question.script}\n}`,
    `take_lock ${quote(names.holder)}`,
    `test "$(question | sha256sum | cut -d ' ' -f 1)" = ${digest} || refuse plan.stale ${quote(`${ownerText(plan.owner)}: the host changed after the plan was made`)}`,
    ...saves,
    `base64 -d <<'${border}' | tar -xf - -C "$stage"\n${wrap(files.archive())}\n${border}`,
    `cat >"$txn/undo.sh" <<'${border}'\n${preamble(names)}\n${undo}\n${border}`,
    ...proofs,
    "flush",
    ...runs,
    "flush",
    "say applied",
    "question",
  ].join("\n");
}

/** Base64 in lines that every decoder takes. */
const wrap = (bytes: Buffer): string => bytes.toString("base64").replaceAll(/.{76}/g, "$&\n");

/** A check on the staged copy; where its program is not there yet, it is left to the moment before activation. */
const proof = (prove: readonly string[], staged: string): string => {
  const command = proofScript(prove, staged);
  const program = quote(prove[0] ?? "true");
  return `if command -v ${program} >/dev/null; then { ${command}; } >"$out" 2>&1 </dev/null || refuse proof.failed "$(cat "$out")"; fi`;
};

function operationScript({ step, items }: Operation, index: number, stage: Payload["stage"]): string {
  const op = index.toString();
  const who = items.length === 0 ? "reaction" : items.map((item) => `i${item.toString()}`).join(" ");
  const late = step.do === "write-file" && step.prove ? `${proofScript(step.prove, stage(step))} </dev/null && ` : "";
  return `begin ${op} ${who}\n{ ${late}${stepScript(step, stage)}; } >>"$out" 2>&1\nended ${op} $? ${quote(allowedExits(step))}`;
}

/** The second half when the host is as wanted: ledger and originals, then the lock goes. */
export function commitScript(plan: Plan, names: Names): string {
  const dropped = plan.actions.filter(({ action }) => action === "restore").flatMap(({ steps }) => touchedPaths(steps).map(pathKey));
  const border = `EOF_${names.token}`;
  return [
    preamble(names),
    `test "$(cat "$home/lock/id" 2>/dev/null)" = "$id" || { say lost; exit 0; }`,
    `cat >"$txn/ledger" <<'${border}'\n${ledgerText(plan.ledger)}${border}`,
    `cat >"$txn/drop" <<'${border}'\n${dropped.map((key) => `${key}\n`).join("")}${border}`,
    ...(plan.ledger.entries.length === 0 ? [': >"$txn/leave"'] : []),
    "flush",
    'mv "$txn/undo.sh" "$txn/committed"',
    "finish",
    "say committed",
  ].join("\n");
}

/** The second half when it is not: everything back. */
export const rollbackScript = (names: Names): string =>
  [preamble(names), `test "$(cat "$home/lock/id" 2>/dev/null)" = "$id" || { say lost; exit 0; }`, "roll_back"].join("\n");
