import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { openBackend, placeOf } from "#engine/backend.ts";
import { newCrypter, openCrypter } from "#engine/passphrase.ts";
import { openStackFile, readCheckpoint } from "#engine/stack-file.ts";
import { testProject } from "../../support/project.ts";
import { busyboxTree } from "../../support/tree.ts";

const COMMAND = fileURLToPath(new URL("../../../src/cli/steading", import.meta.url));
const TOKEN = "correct horse";

/** What goes wrong in a run; see fault.ts. */
export interface Injected {
  readonly fault: "kill" | "half" | "ENOSPC" | "EROFS";
  /** The operation on the state at which it does. Counted from 1. */
  readonly at: number;
}

/** How a run ended. */
export interface Ended {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack on two unbooted trees whose runs are made to fail. */
export interface CrashBench {
  readonly directory: string;
  /** Everything as it was before the first run. */
  readonly fresh: () => Promise<void>;
  readonly run: (command: "up" | "destroy", injected?: Injected) => Promise<Ended>;
  /** `up`, killed from outside after that many milliseconds. */
  readonly upKilledAfter: (ms: number) => Promise<void>;
  /** What a whole run does to its files, in order: `open …`, `rename …`. */
  readonly operations: () => Promise<readonly string[]>;
  /** What is wrong with the state's files after a run that was ended; none when they are whole. */
  readonly damage: () => Promise<readonly string[]>;
  /** What is not as a run that came to its end leaves it. */
  readonly unfinished: () => Promise<readonly string[]>;
  /** What is left after a `destroy`. */
  readonly remains: () => Promise<readonly string[]>;
  readonly remove: () => void;
}

/** What a run makes in a tree. */
const touched = (root: string): readonly string[] => [join(root, "var/lib/steading"), ...readdirSync(join(root, "home")).map((name) => join(root, "home", name))];

/** @param layers - on each of the two trees */
export async function crashBench(layers: number): Promise<CrashBench> {
  const trees = [busyboxTree(), busyboxTree()];
  const roots = trees.map(({ root }) => root);
  const project = testProject(new URL("program.ts", import.meta.url), {});
  const { directory } = project;
  const log = `${directory}.log`;
  const state = join(directory, "state");
  const crypter = await newCrypter("test", "Pulumi.test.yaml");
  const config = JSON.stringify({ encryptionsalt: crypter.salt, config: { "test:roots": roots, "test:layers": layers, "test:token": { secure: crypter.encrypt(TOKEN) } } });
  const start = (command: string, env: { readonly [name: string]: string }) => execa(COMMAND, [command, "--stack", "test", "--yes", "--json"], { cwd: directory, env: { PULUMI_CONFIG_PASSPHRASE: "test", ...env }, reject: false, stdin: "ignore" });
  const faulty = (injected: Injected | undefined, more: { readonly [name: string]: string } = {}): { readonly [name: string]: string } => ({
    NODE_OPTIONS: `--import=${fileURLToPath(new URL("fault.ts", import.meta.url))}`,
    FAULT_BELOW: directory,
    FAULT: injected?.fault ?? "none",
    FAULT_AT: String(injected?.at ?? 0),
    ...more,
  });
  const fresh = (): Promise<void> => {
    for (const path of [state, log, ...roots.flatMap(touched)]) rmSync(path, { recursive: true, force: true });
    writeFileSync(join(directory, "Pulumi.test.yaml"), config);
    return Promise.resolve();
  };
  const placed = async () => placeOf(await openBackend(state, false), "test", "test");
  const opened = async () => {
    const place = await placed();
    const checkpoint = await readCheckpoint(place);
    const key = await openCrypter("test", checkpoint.salt ?? crypter.salt, place.checkpoint);
    return openStackFile(place, checkpoint, { open: key, seal: key });
  };
  return {
    directory,
    fresh,
    async run(command, injected) {
      const { exitCode, stdout, stderr } = await start(command, injected === undefined ? {} : faulty(injected));
      return { exitCode, stdout, stderr };
    },
    async upKilledAfter(ms) {
      const run = start("up", {});
      await Promise.race([sleep(ms), run]);
      run.kill("SIGKILL");
      await run;
    },
    async operations() {
      await fresh();
      const { exitCode, stderr } = await start("up", faulty(undefined, { FAULT_LOG: log }));
      if (exitCode !== 0) throw new Error(`a run that nothing happens to fails: ${stderr}`);
      return readFileSync(log, "utf8").trim().split("\n");
    },
    async damage() {
      if (!existsSync(join(state, ".pulumi"))) return [];
      const { checkpoint } = await placed();
      const files = [checkpoint, `${checkpoint}.bak`].filter((path) => existsSync(path));
      const broken = files.filter((path) => !isJson(readFileSync(path, "utf8")));
      // Throws Issues for a state that is not sound.
      const unsound = await opened().then(() => [], (error: unknown) => [String(error)]);
      return [...broken, ...unsound];
    },
    async unfinished() {
      const { snapshot } = await opened();
      const { locks, checkpoint } = await placed();
      const made = (snapshot?.resources ?? []).filter(({ type }) => type === "steading:host:Layer").length;
      const missing = roots.flatMap((root) => Array.from({ length: layers }, (_, index) => join(root, `home/layer${String(index)}/text`))).filter((path) => !existsSync(path) || readFileSync(path, "utf8") !== TOKEN);
      const names = readdirSync(state, { recursive: true, encoding: "utf8" });
      return [
        ...(made === 2 * layers ? [] : [`${String(made)} layers in ${checkpoint}`]),
        ...(snapshot?.pendingOperations ?? []).map(({ type, resource }) => `still ${type} ${resource.urn}`),
        ...missing.map((path) => `${path} is not as declared`),
        ...(existsSync(locks) ? readdirSync(locks) : []).map((name) => `lock ${name}`),
        // The backend's own file is nobody's alone: another stack's run may be writing it.
        ...names.filter((name) => name.endsWith(".tmp") && !name.includes("meta.yaml")).map((name) => `left over: ${name}`),
        ...readdirSync(directory).filter((name) => name.endsWith(".tmp")).map((name) => `left over: ${name}`),
      ];
    },
    async remains() {
      const { snapshot } = await opened();
      const left = roots.flatMap(touched).filter((path) => existsSync(path));
      return [...left, ...[...(snapshot?.resources ?? []), ...(snapshot?.pendingOperations ?? []).map(({ resource }) => resource)].map(({ urn }) => urn)];
    },
    remove: () => {
      project.remove();
      rmSync(log, { force: true });
      for (const tree of trees) tree.remove();
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
