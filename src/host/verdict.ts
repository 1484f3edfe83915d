import type { Plan } from "#host/plan.ts";
import type { Names, Operation } from "#host/transaction.ts";
import { Fault } from "#model/fault.ts";
import { mask } from "#model/mask.ts";
import type { Step } from "#model/step.ts";
import type { Answer } from "#model/transport.ts";

const decoded = (word: string | undefined): string => Buffer.from(word ?? "", "base64").toString().trim();

/** What a script said with its token, line by line. */
export const saidBy = ({ stdout }: Answer, { token }: Pick<Names, "token">): readonly { readonly word: string; readonly words: readonly string[] }[] =>
  stdout.toString().split("\n").filter((line) => line.startsWith(`${token} `)).map((line) => {
    const [word = "", ...words] = line.split(" ").slice(1);
    return { word, words };
  });

/** What the first half of a transaction said: the bytes of its second probe, or a Fault with the state of the host. */
export function verdict(answer: Answer, names: Names, ops: readonly Operation[], plan: Plan): Buffer {
  const applied = Buffer.from(`${names.token} applied\n`);
  const at = answer.stdout.indexOf(applied);
  if (at !== -1) return answer.stdout.subarray(at + applied.length);
  const said = saidBy(answer, names);
  const refused = said.find(({ word }) => word === "refused")?.words;
  if (refused) throw refusal(refused[0] ?? "", mask(decoded(refused[1]), plan.secrets), plan);
  const failed = said.find(({ word }) => word === "failed")?.words;
  if (!failed) throw lost(mask(answer.stderr, plan.secrets), plan);
  const [index, exit, text] = failed;
  const output = mask(decoded(text), plan.secrets);
  const op = ops[Number(index)];
  const exitCode = Number(exit);
  const reverted = said.some(({ word }) => word === "reverted");
  const failure = new Fault("command.failed", {
    host: plan.host,
    hostState: reverted ? "reverted" : "partial",
    detail: { argv: op === undefined ? [] : typed(op.step), exitCode, output },
    message: `${plan.host}: ${op?.text ?? "a step"} failed (exit ${exitCode.toString()}):\n${indent(output)}\n${reverted ? "Everything was rolled back." : "Rolling back failed in part."}`,
  });
  const partial = said.find(({ word }) => word === "partial")?.words;
  if (!partial) throw failure;
  const undoOutput = mask(decoded(partial[0]), plan.secrets);
  throw new Fault("undo.failed", {
    host: plan.host,
    hostState: "partial",
    detail: { output: undoOutput },
    cause: failure,
    message: `${failure.message}\nThe undo said:\n${indent(undoOutput)}\nIts files are kept in /var/lib/steading/failed.`,
  });
}

/** A command that a person may type again; a script of ours says nothing to anybody. */
const typed = (step: Step): readonly string[] => (step.do === "run" && step.argv.every((word) => word.length < 100 && !word.includes("\n")) ? step.argv : []);

const indent = (text: string): string => text.split("\n").slice(-20).map((line) => `    ${line}`).join("\n");

function refusal(code: string, text: string, { host }: Plan): Fault {
  const base = { host, hostState: "untouched" as const };
  if (code === "host.locked") return new Fault("host.locked", { ...base, detail: { holder: text }, message: `${host}: locked by ${text}. Wait for it to end.` });
  if (code === "host.unwritable") return new Fault("host.unwritable", { ...base, detail: { reason: text }, message: `${host}: nothing can be written: ${text}. Nothing was touched.` });
  if (code === "plan.recovered")
    return new Fault("plan.stale", { ...base, detail: { reason: text, recovered: true }, message: `${host}: a change that was interrupted has been undone first, so the plan is made anew. Run again.` });
  if (code === "plan.stale") return new Fault("plan.stale", { ...base, detail: { reason: text }, message: `${host}: ${text}. Nothing was touched; run again.` });
  return new Fault("proof.failed", { ...base, detail: { argv: [], output: text }, message: `${host}: the host's own check refused the new content:\n${indent(text)}\nNothing was touched.` });
}

/** The script ended in the middle: the connection broke, or the host's shell died. */
const lost = (stderr: string, { host }: Plan): Fault =>
  new Fault("host.unreachable", {
    host,
    hostState: "unknown",
    detail: { reason: stderr.trim() },
    message: `${host}: the connection broke during apply: ${stderr.trim()}. The next run finds the journal and undoes what was begun.`,
  });
