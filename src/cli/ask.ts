import { createInterface } from "node:readline/promises";
import type { ChangeOptions } from "#cli/stack-options.ts";
import { Issues } from "#model/issue.ts";

/** Whether the person must be asked first. Throws `Issues` where nobody can be asked and `--yes` was not said. */
export function mayAsk(command: string, { yes, json }: ChangeOptions): boolean {
  if (yes === true) return false;
  if (process.stdin.isTTY && process.stdout.isTTY && json !== true) return true;
  throw new Issues([{ code: "yes.missing", at: command, path: "", message: "nobody can be asked here whether to go on", fix: "add --yes; `steading preview` shows what would happen" }]);
}

/** True when the person says yes; anything else is no. */
export async function agreed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^(y|yes)$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
