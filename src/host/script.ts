import { createHash } from "node:crypto";
import { archive } from "#host/tar.ts";
import type { Entry } from "#host/tar.ts";
import { quote, quoteAll } from "#model/quote.ts";
import type { Step, WriteFile } from "#model/step.ts";

/** The name under which a path's copy is kept on the host. */
export const pathKey = (path: string): string => createHash("sha256").update(path).digest("hex").slice(0, 32);

/** The paths that a step replaces, removes or brings back. */
export const touchedPaths = (steps: readonly Step[]): readonly string[] => [...new Set(steps.flatMap((step) => (step.do === "run" ? [] : [step.path])))];

/** File contents that travel with a script; each is known by its place in the archive. */
export interface Payload {
  readonly stage: (step: WriteFile) => string;
  readonly archive: () => Buffer;
}

/** Gathers file contents; equal ones with equal mode and name travel once. */
export function payload(): Payload {
  const entries = new Map<WriteFile, Entry>();
  return {
    stage(step) {
      const name = (step.path.split("/").pop() ?? "").slice(-60).replaceAll(/[^\w.@-]/g, "_");
      const entry = entries.get(step) ?? { path: `${entries.size.toString()}/${name}`, mode: step.mode, bytes: Buffer.from(step.content, step.encoding) };
      entries.set(step, entry);
      return entry.path;
    },
    archive: () => archive([...entries.values()]),
  };
}

/** One step as shell, every word quoted. Functions are those of transaction.sh. */
export function stepScript(step: Step, stage: Payload["stage"]): string {
  switch (step.do) {
    case "write-file":
      return quoteAll(["write_file", stage(step), step.path, step.mode, step.owner, step.group]);
    case "make-directory":
      return quoteAll(["make_directory", step.path, step.mode, step.owner, step.group]);
    case "make-symlink":
      return quoteAll(["make_symlink", step.path, step.target]);
    case "remove":
      return quoteAll(["remove", step.path]);
    case "restore":
      return quoteAll(["restore", pathKey(step.path), step.path]);
    case "run": {
      const env = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value}`);
      const command = quoteAll(["env", "--", ...env, ...step.argv, ...(step.each ?? [])]);
      return step.stdin === undefined ? `${command} </dev/null` : `printf %s ${quote(step.stdin)} | ${command}`;
    }
  }
}

/** The host's check of a staged file, `{}` being its place. */
export const proofScript = (prove: readonly string[], staged: string): string =>
  prove.map((word) => (word === "{}" ? `"$stage"/${quote(staged)}` : quote(word))).join(" ");

/** Exit codes that count as done. */
export const allowedExits = (step: Step): string => (step.do === "run" ? (step.exitCodes ?? [0]).join(" ") : "0");

/** What a step is, in a few words without secrets. */
export function stepText(step: Step): string {
  if (step.do !== "run") return `${step.do} ${step.path}`;
  const words = [...step.argv.slice(0, 8), ...(step.each ?? [])].filter((word) => !word.includes("\n"));
  const text = words.join(" ");
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
