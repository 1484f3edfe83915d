import { Command, Option } from "commander";
import { execa } from "execa";
import { labClouds, labCloudNames } from "#cli/clouds-here.ts";
import { reporting } from "#cli/failure.ts";
import { jsonText } from "#cli/output.ts";
import { checkProps } from "#model/check-props.ts";
import { PATH } from "#host/exchange.ts";
import { sshOptions } from "#host/ssh.ts";
import { treeArgv } from "#host/tree.ts";
import type { Cloud, CloudContext, Machine } from "#model/cloud.ts";
import type { Connection } from "#model/connection.ts";
import { Issues } from "#model/issue.ts";
import { quoteAll } from "#model/quote.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { connectionText } from "#provider/connection-input.ts";

interface LabOptions {
  readonly cloud?: string;
  readonly json?: true;
}

const refuse = (message: string, fix: string): never => {
  throw new Issues([{ code: "lab.unknown", at: "lab", path: "", message, fix }]);
};

/** The cloud that was asked for; the first one when none was. */
async function cloudFor({ cloud: name }: LabOptions): Promise<Cloud<object>> {
  const clouds = await labClouds();
  const found = name === undefined ? clouds[0] : clouds.find(({ cloud }) => cloud === name);
  return found ?? refuse(`there is no lab cloud ${name ?? ""}`, `one of ${(await labCloudNames()).join(", ")}`);
}

/** Progress goes to stderr; Ctrl-C ends the work at the next safe place. */
function context(): CloudContext {
  const abort = new AbortController();
  process.once("SIGINT", () => {
    abort.abort(new Error("interrupted"));
  });
  return { signal: abort.signal, progress: (line) => { console.error(line); } };
}

/** The command line that runs `argv` on a machine; a login shell when `argv` is empty. */
export function shellArgv(to: Connection, argv: readonly string[]): readonly [string, ...string[]] {
  if (to.via === "ssh") return ["ssh", ...sshOptions(to), ...(argv.length === 0 ? ["-t"] : []), "--", to.address, ...(argv.length === 0 ? [] : [quoteAll(argv)])];
  const [file = "/bin/sh", ...rest] = argv.length === 0 ? ["/bin/sh", "-l"] : argv;
  return to.via === "tree" ? treeArgv(to.root, `PATH=${PATH}; export PATH; cd /; exec ${quoteAll([file, ...rest])}`) : [file, ...rest];
}

/** Every lab machine of the cloud that was asked for; of all lab clouds when none was. */
async function machinesHere(options: LabOptions): Promise<readonly { readonly cloud: Cloud<object>; readonly id: string }[]> {
  const clouds = options.cloud === undefined ? await labClouds() : [await cloudFor(options)];
  return (await Promise.all(clouds.map(async (cloud) => ((await cloud.list?.()) ?? []).map((id) => ({ cloud, id }))))).flat();
}

async function machineNamed(name: string, options: LabOptions): Promise<Machine> {
  const found = (await machinesHere(options)).find(({ id }) => id === name);
  const machine = await found?.cloud.read(name, context());
  return machine ?? refuse(`there is no lab machine ${JSON.stringify(name)}`, `steading lab create ${name}; steading lab list shows those that exist`);
}

/** `key=value` as a cloud's want: numbers, true and false as they look, a list with commas, anything else as text. */
function wantOf(typed: readonly string[], release: string): JsonObject {
  const entries = typed.map((pair): readonly [string, Json] => {
    const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? refuse(`--set ${pair} has no =`, "write --set key=value");
    return [key, /^(-?\d+|true|false)$/.test(value) ? (JSON.parse(value) as Json) : value.includes(",") ? value.split(",") : value];
  });
  return { release: /^\d+$/.test(release) ? Number(release) : release, ...Object.fromEntries(entries) };
}

async function create(name: string, options: LabOptions & { readonly release: string; readonly set: readonly string[] }): Promise<void> {
  const cloud = await cloudFor(options);
  const want = wantOf(options.set, options.release);
  const issues = checkProps(cloud.props, want, cloud.cloud);
  if (issues.length > 0) throw new Issues(issues);
  const { id, connection } = await cloud.create(name, want, { ...context(), owner: "somebody by hand" });
  const address = connectionText(connection);
  if (options.json) console.log(jsonText({ command: "lab", result: "succeeded", machines: [{ cloud: cloud.cloud, id, address }] }));
  else console.log(`${id} is up at ${address}\n  enter it:   steading lab enter ${id}\n  remove it:  steading lab destroy ${id}`);
}

async function list(options: LabOptions): Promise<void> {
  const machines = (await machinesHere(options)).map(({ cloud, id }) => ({ cloud: cloud.cloud, id }));
  if (options.json) console.log(jsonText({ command: "lab", result: "succeeded", machines }));
  else console.log(machines.length === 0 ? "no lab machines" : machines.map(({ cloud, id }) => `${id}  ${cloud}`).join("\n"));
}

async function destroy(names: readonly string[], options: LabOptions & { readonly all?: true }): Promise<void> {
  const known = await machinesHere(options);
  if (!options.all && names.length === 0) refuse("no machine is named", "name one, or say --all");
  const doomed = options.all
    ? known
    : names.map((name) => known.find(({ id }) => id === name) ?? refuse(`there is no lab machine ${JSON.stringify(name)}`, "steading lab list shows those that exist"));
  for (const { cloud, id } of doomed) {
    await cloud.destroy(id, context());
    if (!options.json) console.log(`${id} is gone`);
  }
  if (options.json) console.log(jsonText({ command: "lab", result: "succeeded", machines: doomed.map(({ cloud, id }) => ({ cloud: cloud.cloud, id })) }));
}

async function forget(options: LabOptions): Promise<void> {
  const clouds = options.cloud === undefined ? await labClouds() : [await cloudFor(options)];
  for (const cloud of clouds) await cloud.forget?.();
  if (options.json) console.log(jsonText({ command: "lab", result: "succeeded" }));
  else console.log("nothing is kept for the next machine");
}

async function enter(name: string, words: readonly string[], options: LabOptions): Promise<void> {
  // Options of the command behind it are its own; a -- that says so is not part of it.
  const argv = words[0] === "--" ? words.slice(1) : words;
  const { connection } = await machineNamed(name, options);
  const [file, ...rest] = shellArgv(connection, argv);
  const { exitCode } = await execa(file, rest, { stdio: "inherit", reject: false });
  process.exitCode = exitCode ?? 1;
}

const cloudOption = (): Option => new Option("--cloud <name>", "which lab cloud, a file clouds/lab-*.ts");
const sub = (name: string, summary: string): Command => new Command(name).summary(summary).description(summary).addOption(cloudOption());
const pairs = (pair: string, before: readonly string[]): readonly string[] => [...before, pair];

/** `steading lab`. */
export const lab = (): Command =>
  new Command("lab")
    .enablePositionalOptions()
    .summary("make, list, enter and destroy lab machines outside a stack")
    .description("Debian machines on this machine, to try things on. Makes them with the files clouds/lab-*.ts; needs root.")
    .addHelpText("after", "\nExamples:\n  steading lab create box --release 12\n  steading lab enter box\n  steading lab enter box -- systemctl status ssh\n  steading lab destroy box\n  steading lab destroy --all   every lab machine\n  steading lab forget          what is cached to make new ones")
    .addCommand(
      sub("create", "make a machine, or start the one of that name")
        .argument("<name>", "lower-case letters, digits and -")
        .option("--release <number>", "Debian release", "13")
        .addOption(new Option("--set <key=value>", "anything else that the cloud takes, for example user=admin").argParser(pairs).default([], "none"))
        .option("--json", "one JSON document on stdout")
        .action(reporting(create)),
    )
    .addCommand(sub("list", "the machines that exist").option("--json", "one JSON document on stdout").action(reporting(list)))
    .addCommand(sub("enter", "open a shell on a machine, or run a command there").argument("<name>").argument("[command...]").passThroughOptions().action(reporting(enter)))
    .addCommand(
      sub("destroy", "remove machines and everything that came with them")
        .argument("[name...]")
        .option("--all", "every lab machine")
        .option("--json", "one JSON document on stdout")
        .action(reporting(destroy)),
    )
    .addCommand(sub("forget", "remove what is cached to make the next machine faster").option("--json", "one JSON document on stdout").action(reporting(forget)));
