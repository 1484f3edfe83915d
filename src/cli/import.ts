import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { reporting } from "#cli/failure.ts";
import { jsonText } from "#cli/output.ts";
import { paintFor } from "#cli/paint.ts";
import { inOneLine } from "#cli/plan-text.ts";
import { stackSource } from "#cli/stack-source.ts";
import { keepPassword, passwordFromStdin } from "#cli/sudo-password.ts";
import { findProject } from "#engine/find-project.ts";
import { parseProject } from "#engine/project.ts";
import type { Project } from "#engine/project.ts";
import { kindNamed } from "#host/kinds.ts";
import { openHost } from "#host/session.ts";
import { survey } from "#host/survey.ts";
import type { Surveyed } from "#host/survey.ts";
import type { Connection } from "#model/connection.ts";
import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import type { Kind } from "#model/kind.ts";
import { connectionIssues, knownConnection, parseConnection } from "#provider/connection-input.ts";

const KINDS = join(import.meta.dirname, "../../kinds");

interface ImportOptions {
  readonly stack?: string;
  readonly host: string;
  readonly hostKey?: string;
  readonly identityFile?: string;
  readonly sudoPasswordStdin?: true;
  readonly out?: string;
  readonly kinds?: string;
  readonly force?: true;
  readonly cwd: string;
  readonly json?: true;
}

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/** The connection as typed. Throws `Issues`. */
function connectionOf({ host, hostKey, identityFile }: ImportOptions, sudoPassword: string | undefined): Connection {
  const parsed = parseConnection(host) ?? refuse("connection.invalid", "--host", "is no host", "ssh://user@address:port without a password, local or tree:/path");
  if (parsed.via !== "ssh" && (hostKey ?? identityFile) !== undefined) refuse("connection.invalid", "--host", `${host} has neither host key nor identity`, "leave --host-key and --identity-file out");
  const typed = { ...parsed, ...(hostKey === undefined ? {} : { hostKey }), ...(identityFile === undefined ? {} : { identityFile: resolve(identityFile) }), ...(sudoPassword === undefined ? {} : { sudoPassword }) };
  const issues = connectionIssues(typed, "--host");
  if (issues.length > 0) throw new Issues(issues);
  return knownConnection(typed) ?? refuse("connection.invalid", "--host", `${host} is not known`, "say all of it");
}

/** Kinds that can find their instances: the named ones, else all. Throws `Issues`. */
async function kindsOf(named: string | undefined): Promise<readonly Kind[]> {
  const files = (await readdir(KINDS)).flatMap((file) => /^([a-z-]+)\.ts$/.exec(file)?.[1] ?? []).sort();
  const kinds = (await Promise.all(files.map(kindNamed))).filter((kind) => kind?.survey !== undefined) as readonly Kind[];
  const asked = named?.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (asked?.length === 0) refuse("kind.unknown", "--kinds", "names no kind", `some of ${kinds.map(({ kind }) => kind).join(", ")}`);
  const unknown = asked?.find((name) => !kinds.some(({ kind }) => kind === name));
  if (unknown !== undefined) refuse("kind.unknown", "--kinds", `${unknown} is not looked for on hosts`, `some of ${kinds.map(({ kind }) => kind).join(", ")}`);
  return asked === undefined ? kinds : kinds.filter(({ kind }) => asked.includes(kind));
}

/** Leads to the stack's file of its own name. */
const isByName = ({ main }: Project): boolean => main !== undefined && basename(main) === "by-name.ts";

/** The file that Pulumi.yaml runs for a stack. */
const programOf = (project: Project, stack: string): string =>
  isByName(project) ? join(project.directory, dirname(project.main ?? ""), `${stack}.ts`) : resolve(project.directory, project.main ?? "");

/** Where the program goes. Throws `Issues` where the project would never run it. */
function fileFor(project: Project, stack: string, { out, cwd }: ImportOptions): string {
  if (out !== undefined) return resolve(cwd, out);
  if (isByName(project)) return programOf(project, stack);
  const main = project.main ?? "the project's directory";
  return refuse("import.place", project.file, `every stack of this project runs ${main}`, "say --out, or let main be stacks/by-name.ts as in a project of `steading new`, so that each stack is a file");
}

/** Throws `Issues` for a file that is there. */
function mustBeNew(file: string, { force }: ImportOptions): void {
  if (force !== true && existsSync(file)) refuse("import.exists", file, "the file is there already", "name another with --out, or say --force");
}

/** What a person reads at the end. */
function endLines(file: string, stack: string, runs: string, { items, unmanaged }: Surveyed): readonly string[] {
  const paint = paintFor(process.stdout, process.env);
  const shown = relative(process.cwd(), file);
  return [
    `wrote ${paint.strong(shown)}: ${String(items.length)} items of ${String(new Set(items.map(({ kind }) => kind)).size)} kinds`,
    ...(unmanaged.length === 0 ? [] : ["", "Left unmanaged:", ...unmanaged.map(({ kind, name, why }) => `  ${kind} ${inOneLine(name)}  ${paint.faint(inOneLine(why))}`)]),
    "",
    "Next:",
    ...(runs === file ? [] : [`  let the project run it: for stack ${stack} it runs ${relative(process.cwd(), runs)} now`]),
    `  steading preview --stack ${stack}   has nothing to change`,
    `  steading up --stack ${stack}        keeps it so from now on`,
  ];
}

/** What is typed, as far as it can be judged without the host. Throws `Issues`: all mistakes at once. */
async function planOf(options: ImportOptions, project: Project): Promise<{ readonly stack: string; readonly kinds: readonly Kind[]; readonly file: string }> {
  const issues: Issue[] = [];
  const tried = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Issues)) throw error;
      issues.push(...error.issues);
      return undefined;
    }
  };
  const stack = await tried(() => stackOf(options));
  const kinds = await tried(() => kindsOf(options.kinds));
  await tried(() => connectionOf(options, undefined));
  const file = await tried(() => fileFor(project, stack ?? "", options));
  if (file !== undefined) await tried(() => mustBeNew(file, options));
  if (stack === undefined || kinds === undefined || file === undefined || issues.length > 0) throw new Issues(issues);
  return { stack, kinds, file };
}

/** The stack's name. Throws `Issues`. */
function stackOf({ stack = "" }: ImportOptions): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(stack)) return stack;
  return refuse("stack.unnamed", "--stack", stack === "" ? "no stack is named" : `${JSON.stringify(stack)} is no name of a stack`, "letters, digits, - _ and .");
}

async function action(options: ImportOptions): Promise<void> {
  const { file: projectFile, text } = findProject(options.cwd);
  const project = parseProject(projectFile, text);
  const { stack, kinds, file } = await planOf(options, project);
  const password = options.sudoPasswordStdin === true ? await passwordFromStdin() : undefined;
  const to = connectionOf(options, password);
  const host = openHost(to);
  const found = await survey(host, { project: project.name, stack, layer: stack }, kinds).finally(() => host.close());
  mustBeNew(file, options);
  if (password !== undefined) await keepPassword(project, stack, password, process.env);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, stackSource({ stack, connection: to, ...found }));
  if (options.json !== true) console.log(endLines(file, stack, programOf(project, stack), found).join("\n"));
  else console.log(jsonText({ command: "import", result: "succeeded", project: project.name, stack, file, items: found.items.map(({ kind, name }) => ({ kind, name })), unmanaged: found.unmanaged }));
}

/** `steading import`. */
export const importHost = (): Command =>
  new Command("import")
    .summary("write a stack for a machine as it is; reads only")
    .description(
      "Asks a machine what it has and writes the stack that declares it: packages, people and their keys, units, files of /etc and more. The first preview of that stack changes nothing, and what is left unmanaged is listed with the reason. Nothing is written on the machine, and no secret into the stack.",
    )
    .addOption(new Option("-s, --stack <name>", "the stack to write, which is a file stacks/<name>.ts").env("PULUMI_STACK"))
    .requiredOption("--host <address>", "the machine: ssh://user@address:port, local or tree:/path")
    .option("--host-key <key>", "its public key, `ssh-ed25519 AAAA…`; without it known_hosts must know it")
    .option("--identity-file <path>", "private key to log in with; without it ssh's own choice")
    .option("--sudo-password-stdin", "sudo's password is the first line of stdin; it is kept encrypted in Pulumi.<stack>.yaml")
    .option("--kinds <list>", "only these kinds, with commas between them")
    .option("--out <file>", "where to write it (default: where the project looks for the stack)")
    .option("--force", "write over a file that is there")
    .option("-C, --cwd <directory>", "the project", ".")
    .option("--json", "one JSON document on stdout; see output.schema.json")
    .addHelpText(
      "after",
      `
Examples:
  steading import --stack desk --host ssh://root@192.0.2.7
  systemd-ask-password | steading import --stack desk --host ssh://ada@192.0.2.7 --sudo-password-stdin
  steading import --stack here --host local --kinds package,user
  steading preview --stack desk        nothing to change
  steading up --stack desk             keeps it so from now on`,
    )
    .action(reporting(action));
