import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { labClouds } from "#cli/clouds-here.ts";
import { installPackages } from "#cli/install.ts";
import { paintFor } from "#cli/paint.ts";
import { makePassphrase } from "#cli/passphrase-file.ts";
import { rootPrefix } from "#cli/privilege.ts";
import { tamperings } from "#cli/tamper.ts";
import type { Tampering } from "#cli/tamper.ts";
import type { Output } from "#cli/output.ts";
import { quote } from "#model/quote.ts";

const ROOT = join(import.meta.dirname, "../..");
const OWN = join(ROOT, ".steading");
const INSTALLED = join(OWN, "installed-packages");
const STACK = "workstation";
const CONFIG = join(ROOT, `Pulumi.${STACK}.yaml`);

const paint = paintFor(process.stdout, process.env);
const say = (line: string): void => console.log(line);
const chapter = (title: string): void => console.log(`\n${paint.strong(`▶ ${title}`)}`);

/** The story cannot go on; told in one line. */
class Halt extends Error {
  override readonly name = "Halt";
}

/** The command, as root where it needs it. */
class Steading {
  readonly #prefix: readonly string[];
  constructor(prefix: readonly string[]) {
    this.#prefix = prefix;
  }

  #argv(args: readonly string[]): readonly [string, ...string[]] {
    const [file = process.execPath, ...rest] = [...this.#prefix, process.execPath, join(import.meta.dirname, "main.ts"), ...args];
    return [file, ...rest];
  }

  /** How a person types it. */
  typed(...args: readonly string[]): string {
    return [...(this.#prefix.length > 0 ? ["sudo"] : []), "src/cli/steading", ...args].join(" ");
  }

  /** Runs it before the reader's eyes; a failure ends the story. */
  async show(...args: readonly string[]): Promise<void> {
    say(paint.faint(`$ ${this.typed(...args.map(quote))}`));
    const [file, ...rest] = this.#argv(args);
    const { exitCode } = await execa(file, rest, { cwd: ROOT, stdio: "inherit", reject: false });
    if (exitCode !== 0) throw new Halt(`steading ${args.join(" ")} ended with exit status ${String(exitCode ?? "none")}`);
  }

  /** What a preview finds, as data. */
  async preview(): Promise<Output> {
    const [file, ...rest] = this.#argv(["preview", "--stack", STACK, "--json"]);
    const { stdout } = await execa(file, rest, { cwd: ROOT, stdin: "ignore", stderr: "inherit", reject: false });
    return JSON.parse(stdout) as Output;
  }

  /** Gives files in the project, made by root, back to the person. */
  async giveBack(): Promise<void> {
    const [file, ...rest] = this.#prefix;
    const id = `${String(process.getuid?.() ?? 0)}:${String(process.getgid?.() ?? 0)}`;
    if (file !== undefined) await execa(file, [...rest, "chown", "--recursive", id, OWN, CONFIG], { reject: false });
  }
}

/** The items that a preview would change, `<kind> <name>` each, in order. */
const pendingItems = ({ layers = [] }: Output): readonly string[] => layers.flatMap(({ items }) => items.filter(({ action }) => action !== "waits").map(({ kind, name }) => `${kind} ${name}`)).sort();

/** The lab machine must be ours: a stack that was given a real host is not to be tampered with. */
async function refuseRealHost(): Promise<void> {
  const config = await readFile(CONFIG, "utf8").catch(() => "");
  if (/^\s+["']?steading:host["']?:/m.test(config))
    throw new Halt(`Pulumi.${STACK}.yaml names a real host, and this demonstration breaks things on purpose. Use it with: src/cli/steading up --stack ${STACK}`);
}

async function tamper(steading: Steading, booted: boolean): Promise<void> {
  const done: readonly Tampering[] = tamperings.filter((one) => booted || !one.booted);
  chapter("Somebody changes the machine by hand");
  for (const { told, line } of done) {
    say(`  ${told}`);
    await steading.show("lab", "enter", STACK, "--", "sh", "-c", line);
  }
  const found = pendingItems(await steading.preview());
  const expected = done.map(({ item }) => item).sort();
  chapter("The next run repairs exactly that");
  await steading.show("up", "--stack", STACK, "--yes");
  if (found.join() !== expected.join()) throw new Halt(`tampered with: ${expected.join(", ")}; found: ${found.join(", ")}`);
  await expectNothing(steading, "after the repair");
}

async function expectNothing(steading: Steading, when: string): Promise<void> {
  const { result, ...output } = await steading.preview();
  if (result !== "succeeded") throw new Halt(`${when} a preview found: ${pendingItems({ result, ...output }).join(", ")}`);
}

/** Says why no machine can be booted here, and what that leaves out. */
async function canBoot(): Promise<boolean> {
  const [cloud] = await labClouds();
  const obstacles = (await cloud?.obstacles?.()) ?? [];
  if (obstacles.length > 0) throw new Halt(`no machine can be made here: ${obstacles.map(({ message, fix }) => `${message} (${fix})`).join("; ")}`);
  const limits = (await cloud?.limits?.()) ?? [];
  for (const { message, fix } of limits) say(`No machine can be booted here: ${message} (${fix})`);
  if (limits.length > 0)
    say("So the stack gets an unbooted Debian tree. That leaves out ssh, running services, the firewall in the kernel and kernel parameters; files, packages and users are real.");
  return limits.length === 0;
}

function farewell(steading: Steading, seconds: number): void {
  chapter(`Done in ${seconds.toFixed(0)} s. The machine stays up; look at it`);
  say(`  enter it             ${steading.typed("lab", "enter", STACK)}`);
  say(`  change it, and see   ${steading.typed("preview", "--stack", STACK)}`);
  say(`  make it so again     ${steading.typed("up", "--stack", STACK)}`);
  say(`  what it is           stacks/${STACK}.ts and profiles/desktop.yaml`);
  say(`  a machine you own    src/cli/steading up --stack ${STACK} --config host=ssh://root@192.0.2.7`);
  say(`  remove everything    npm run remove`);
}

async function start(): Promise<void> {
  const began = performance.now();
  await refuseRealHost();
  const prefix = await rootPrefix(process.env);
  chapter("What this machine needs");
  await installPackages(prefix, INSTALLED, say);
  const file = await makePassphrase(process.env, ROOT);
  if (file !== undefined) say(`Made a passphrase for the state's secrets: .steading/passphrase. PULUMI_CONFIG_PASSPHRASE, if set, wins over it.`);
  const booted = await canBoot();
  const steading = new Steading(prefix ?? []);
  try {
    chapter(`A new Debian machine becomes what stacks/${STACK}.ts declares`);
    await steading.show("up", "--stack", STACK, "--yes");
    chapter("A second run has nothing to do");
    await steading.show("up", "--stack", STACK, "--yes");
    await expectNothing(steading, "right after up");
    await tamper(steading, booted);
  } finally {
    await steading.giveBack();
  }
  farewell(steading, (performance.now() - began) / 1000);
}

/** Removes what `start` made: the machine, what is cached for the next one, state and passphrase. */
async function remove(): Promise<void> {
  await refuseRealHost();
  const steading = new Steading((await rootPrefix(process.env)) ?? []);
  await steading.show("destroy", "--stack", STACK, "--yes");
  await steading.show("lab", "forget");
  const installed = await readFile(INSTALLED, "utf8").catch(() => "");
  await steading.giveBack();
  const config = await readFile(CONFIG, "utf8").catch(() => "");
  // A configuration of your own stays, with the passphrase that its secrets need.
  const own = /^config:/m.test(config);
  await rm(own ? join(OWN, "state") : OWN, { recursive: true, force: true });
  if (!own) await rm(CONFIG, { force: true });
  say(`Gone: the machine, its cached root tree, the state${own ? "" : " and its passphrase"}.`);
  if (installed !== "") say(`Debian packages that npm start installed stay; to remove them: apt-get purge ${[...new Set(installed.trim().split("\n"))].join(" ")}`);
}

try {
  await (process.argv.includes("--remove") ? remove() : start());
} catch (error) {
  if (!(error instanceof Halt)) throw error;
  console.error(`${paint.wrong("error")} ${error.message}`);
  process.exitCode = 1;
}
