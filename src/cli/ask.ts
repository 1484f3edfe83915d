import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import type { ChangeOptions } from "#cli/stack-options.ts";
import { Issues } from "#model/issue.ts";

/** Whether the person must be asked first. Throws `Issues` where nobody can be asked and `--yes` was not said. */
export function mayAsk(command: string, { yes, json }: ChangeOptions): boolean {
  if (yes === true) return false;
  if (process.stdin.isTTY && process.stdout.isTTY && json !== true) return true;
  throw new Issues([{ code: "yes.missing", at: command, path: "", message: "nobody can be asked here whether to go on", fix: "add --yes; `steading preview` shows what would happen" }]);
}

/** True when the person says yes; anything else is no, Ctrl-C and Ctrl-D too. */
export async function agreed(question: string, { input, output }: Terminal = { input: process.stdin, output: process.stdout }): Promise<boolean> {
  const terminal = createInterface({ input, output });
  const left = once(terminal, "close").then(() => "");
  try {
    const answer = terminal.question(`${question} [y/N] `).catch(() => {
      output.write("\n");
      return "";
    });
    return /^(y|yes)$/i.test((await Promise.race([answer, left])).trim());
  } finally {
    terminal.close();
  }
}

interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}
