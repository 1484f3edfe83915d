import { Command, CommanderError } from "commander";
import { EXIT } from "#cli/exit.ts";
import type { CommandName } from "#cli/output.ts";

/** Each command loads its file only when it is asked for. */
const commands: { readonly [name: string]: () => Promise<Command> } = {
  preview: async () => (await import("#cli/preview.ts")).preview(),
  up: async () => (await import("#cli/up.ts")).up(),
  refresh: async () => (await import("#cli/refresh.ts")).refresh(),
  destroy: async () => (await import("#cli/destroy.ts")).destroy(),
  import: async () => (await import("#cli/import.ts")).importHost(),
  new: async () => (await import("#cli/new.ts")).newProject(),
  lab: async () => (await import("#cli/lab.ts")).lab(),
  doctor: async () => (await import("#cli/doctor.ts")).doctor(),
} satisfies { readonly [name in CommandName]: () => Promise<Command> };

const EPILOGUE = `
Examples:
  steading preview --stack workstation     what would change; reads only
  steading up --stack workstation          make the machines match stacks/workstation.ts
  steading destroy --stack workstation     put everything back as it was
  steading import --stack desk --host ssh://root@192.0.2.7
                                           write stacks/desk.ts for a machine as it is
  steading doctor                          what is missing on this machine

Exit status: 0 done, 1 failed, 2 a preview found changes.`;

/** The command `steading` with its commands; only the one that `argv` asks for, where it asks for one. */
export async function program(argv: readonly string[]): Promise<Command> {
  const asked = argv[0] === undefined ? undefined : commands[argv[0]];
  const loaded = await Promise.all((asked === undefined ? Object.values(commands) : [asked]).map((load) => load()));
  const steading = new Command("steading")
    .description("Declares the computers a person owns as one typed program, and makes the machines match.")
    .enablePositionalOptions()
    .addHelpText("after", EPILOGUE);
  if (asked === undefined) {
    const { version } = await import("#provider/version.ts");
    steading.version(version, "-V, --version");
  }
  for (const command of loaded) steading.addCommand(command);
  return steading;
}

/** A mistake in what was typed: commander has said it on stderr; with `--json` it is the document on stdout as well. */
async function tellUsage({ message, exitCode }: CommanderError, argv: readonly string[]): Promise<void> {
  process.exitCode = exitCode;
  if (exitCode === EXIT.done || !argv.includes("--json")) return;
  const { isCommandName, jsonText } = await import("#cli/output.ts");
  const [name = ""] = argv;
  const command = isCommandName(name) ? name : "steading";
  const at = command === "steading" ? command : `steading ${command}`;
  console.log(jsonText({ command, result: "failed", issues: [{ code: "usage.invalid", at, path: "", message: message.replace(/^error: /, ""), fix: `${at} --help shows what may be typed` }] }));
}

/** Throws where it would end the process, which would cut off what is still to be said; so do its own commands. */
function throwing(command: Command): Command {
  command.commands.forEach(throwing);
  return command.exitOverride();
}

/** Runs the command line; sets the process' exit status. */
export async function run(argv: readonly string[]): Promise<void> {
  const steading = throwing(await program(argv));
  if (argv.length === 0) {
    steading.outputHelp({ error: true });
    process.exitCode = EXIT.failed;
    return;
  }
  try {
    await steading.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    await tellUsage(error, argv);
  }
}
