import { join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { labClouds } from "#cli/clouds-here.ts";
import { EXIT } from "#cli/exit.ts";
import { jsonText } from "#cli/output.ts";
import type { Finding } from "#cli/output.ts";
import { debianPackages, findCommand, isInstalled } from "#cli/packages.ts";
import { paintFor } from "#cli/paint.ts";
import type { Paint } from "#cli/paint.ts";
import { passphraseSource } from "#cli/passphrase-file.ts";
import { Issues } from "#model/issue.ts";
import { findTofu } from "#terraform/find.ts";

/** Node's type stripping without a flag (nodejs.org, `typescript.json` history: v22.18.0). */
const OLDEST_NODE = [22, 18] as const;

function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fits = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const check = "Node 22.18 or newer";
  return fits ? { check, status: "pass", found: version } : { check, status: "fail", found: version, fix: "npm ci (it brings the right one to node_modules/.bin)" };
}

/** OpenSSH's client is needed always, the rest only for lab machines. */
async function packages(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  return Promise.all(
    (await debianPackages()).map(async (one): Promise<Finding> => {
      const check = `${one.name}: ${one.purpose}`;
      if (isInstalled(one, env)) return { check, status: "pass", found: (one.command && findCommand(one.command, env)) ?? "installed" };
      return { check, status: one.command === "ssh" ? "fail" : "warn", found: "not installed", fix: `apt-get install --yes ${one.name}` };
    }),
  );
}

async function root(env: NodeJS.ProcessEnv): Promise<Finding> {
  const check = "root or sudo: lab machines, directory trees, this machine itself";
  if (process.getuid?.() === 0) return { check, status: "pass", found: "root" };
  if (findCommand("sudo", env) === undefined)
    return { check, status: "warn", found: "neither root nor sudo", fix: "run as root, or: apt-get install --yes sudo && adduser $USER sudo" };
  const { failed } = await execa("sudo", ["-n", "true"], { reject: false, env, extendEnv: false });
  return failed
    ? { check, status: "warn", found: "sudo asks for a password", fix: "run `sudo -v` first, or give the connection a sudoPassword" }
    : { check, status: "pass", found: "sudo" };
}

/** One finding per lab cloud: it can boot machines here, or why not. */
async function labs(): Promise<readonly Finding[]> {
  const clouds = await labClouds();
  const found = await Promise.all(
    clouds.map(async ({ cloud, obstacles, limits }): Promise<readonly Finding[]> => {
      const check = `${cloud}: boots machines here`;
      const issues = [...((await obstacles?.()) ?? []), ...((await limits?.()) ?? [])];
      if (issues.length === 0) return [{ check, status: "pass", found: "it can" }];
      return issues.map(({ message, fix }) => ({ check, status: "warn", found: message, fix }));
    }),
  );
  return found.flat();
}

async function pulumi(env: NodeJS.ProcessEnv): Promise<Finding> {
  const check = "pulumi (the CLI): optional, Steading's own engine does without";
  const path = findCommand("pulumi", env);
  return path === undefined
    ? { check, status: "warn", found: "not installed", fix: "nothing to do; to use it: https://www.pulumi.com/docs/iac/download-install/" }
    : { check, status: "pass", found: path };
}

/** OpenTofu is needed by programs that hold a stack of Terraform only. */
async function tofu(): Promise<Finding> {
  const check = "tofu (OpenTofu): stacks of Terraform";
  try {
    return { check, status: "pass", found: await findTofu(undefined, "doctor", () => undefined) };
  } catch (error) {
    if (!(error instanceof Issues)) throw error;
    return { check, status: "warn", found: error.issues[0]?.message ?? "", fix: error.issues[0]?.fix ?? "" };
  }
}

async function passphrase(env: NodeJS.ProcessEnv, directory: string): Promise<Finding> {
  const check = "passphrase: encrypts secrets in the state";
  const source = await passphraseSource(env, directory);
  return source === undefined
    ? { check, status: "warn", found: "none is set", fix: `export PULUMI_CONFIG_PASSPHRASE_FILE=${join(directory, ".steading/passphrase")} (\`npm start\` and \`steading new\` make that file)` }
    : { check, status: "pass", found: source };
}

/** Looks at everything; changes nothing. `directory` is the project's. */
export async function examine(env: NodeJS.ProcessEnv, directory: string): Promise<readonly Finding[]> {
  const found = await Promise.all([packages(env), root(env), labs(), pulumi(env), tofu(), passphrase(env, directory)]);
  return [node(process.versions.node), ...found.flat()];
}

/** The findings as lines; what must be mended comes with how. */
export function findingLines(findings: readonly Finding[], paint: Paint): readonly string[] {
  const words = { pass: paint.good("pass"), warn: paint.changed("warn"), fail: paint.wrong("FAIL") };
  const lines = findings.flatMap(({ check, status, found, fix }) => [
    `${words[status]}  ${check}  ${paint.faint(found)}`,
    ...(fix === undefined ? [] : [`      ${fix}`]),
  ]);
  const count = (status: Finding["status"]): number => findings.filter((one) => one.status === status).length;
  return [...lines, "", `${String(count("pass"))} pass, ${String(count("warn"))} warn, ${String(count("fail"))} fail`];
}

/** `steading doctor`. */
export const doctor = (): Command =>
  new Command("doctor")
    .summary("say what is missing on this machine, and how to mend it")
    .description("Looks at what Steading uses on this machine and changes nothing. Exit 1 when something is missing that it cannot do without.")
    .option("--json", "one JSON document on stdout")
    .option("--cwd <directory>", "the project", ".")
    .addHelpText("after", "\nExamples:\n  steading doctor          what is missing, each with the line that mends it\n  steading doctor --json   the same for a program")
    .action(async (options: { json?: true; cwd: string }) => {
      const findings = await examine(process.env, options.cwd);
      const failed = findings.some(({ status }) => status === "fail");
      if (options.json) console.log(jsonText({ command: "doctor", result: failed ? "failed" : "succeeded", findings }));
      else console.log(findingLines(findings, paintFor(process.stdout, process.env)).join("\n"));
      process.exitCode = failed ? EXIT.failed : EXIT.done;
    });
