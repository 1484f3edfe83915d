import type { Command } from "commander";
import type { File } from "./layout/files.ts";

/** A command line that a page tells a person to type. */
export interface TypedCommand {
  readonly path: string;
  readonly line: number;
  readonly words: readonly string[];
}

/** The lines of a page's `sh` blocks, without comments, one entry per command of a pipe or list. */
export function typedCommands({ path, text }: File): readonly TypedCommand[] {
  let inside = false;
  return text.split("\n").flatMap((raw, index) => {
    if (/^\s*```/.test(raw)) {
      inside = /^\s*```sh\s*$/.test(raw);
      return [];
    }
    if (!inside) return [];
    const parts = raw.replace(/(^|\s)#.*$/, "").split(/&&|\|\||[|;]/);
    return parts.map((part) => ({ path, line: index + 1, words: part.trim().split(/\s+/).filter((word) => word !== "") })).filter(({ words }) => words.length > 0);
  });
}

/** What is wrong with `steading …` as typed; undefined when command and options exist. */
export function wrongUse(words: readonly string[], program: Command): string | undefined {
  let command = program;
  for (const word of words) {
    if (word === "--") return undefined;
    const inner = command.commands.find((one) => one.name() === word);
    if (inner) command = inner;
    else if (command.commands.length > 0 && !word.startsWith("-")) return `there is no command ${word}`;
    else if (word.startsWith("-")) {
      const known = ["-h", "--help", ...command.options.flatMap(({ short, long }) => [short, long])];
      if (!known.includes(word.split("=")[0])) return `${command.name()} has no option ${word}`;
    }
  }
  return undefined;
}
