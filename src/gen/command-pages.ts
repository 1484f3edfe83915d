import type { Command } from "commander";
import { page } from "#gen/markdown.ts";

/** What a command prints for `--help`, with its examples; independent of the terminal. */
function helpOf(command: Command): string {
  let text = "";
  command.configureHelp({ helpWidth: 100 }).configureOutput({ writeOut: (part) => (text += part), getOutHasColors: () => false });
  command.outputHelp();
  return text.trimEnd();
}

const sectionOf = (command: Command, prefix: string): readonly string[] => {
  const name = `${prefix} ${command.name()}`;
  const heading = `## ${name}`;
  return [heading, `\`\`\`text\n${helpOf(command)}\n\`\`\``, ...command.commands.flatMap((inner) => sectionOf(inner, name))];
};

/** One page per command: what its `--help` says, also of the commands below it. */
export const commandPages = (program: Command): readonly [string, string][] =>
  program.commands.map((command) => [
    `docs/reference/commands/${command.name()}.md`,
    page(`${program.name()} ${command.name()}`, [command.description(), ...sectionOf(command, program.name())], "the command's `--help`"),
  ]);
