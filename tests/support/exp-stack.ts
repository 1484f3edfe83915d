import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { EngineEvent, ResourceEvent } from "#engine/events.ts";
import { openStack } from "#engine/open-stack.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import type { RunOptions, RunResult } from "#engine/operations/run.ts";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { expProvider, expWorld } from "./exp.ts";
import type { ExpWorld } from "./exp.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

/** Where the programs of the engine's tests are. */
export const PROGRAMS = join(import.meta.dirname, "..", "fixtures", "programs");

/** A project in a temporary directory, with its own backend, whose stack `dev` runs programs against the provider `exp`. */
export interface ExpStack {
  readonly directory: string;
  readonly world: ExpWorld;
  /** Chooses the program, by its name in `tests/fixtures/programs`. */
  readonly program: (name: string, config?: { readonly [key: string]: string }) => Promise<void>;
  /** Opens the stack, runs the operation, closes. */
  readonly run: (operation: (stack: OpenStack, options: RunOptions) => Promise<RunResult>, options?: Partial<RunOptions>) => Promise<ExpRun>;
  /** The checkpoint as it is on the disk. */
  readonly checkpoint: () => Promise<JsonObject>;
  /** Resources of the checkpoint, in order. */
  readonly resources: () => Promise<readonly JsonObject[]>;
  readonly remove: () => Promise<void>;
}

/** A run and what it told. */
export interface ExpRun extends RunResult {
  readonly events: readonly EngineEvent[];
  /** `<op> <name>` of what ended well, in order; the stack itself is left out. */
  readonly steps: readonly string[];
  /** All errors. */
  readonly errors: string;
}

const isStep = (event: EngineEvent): event is ResourceEvent => event.event === "resource-outputs" && event.failed !== true && event.type !== "pulumi:pulumi:Stack";

/** Environment of a run in `directory`: its own backend, a fixed passphrase. */
export const expEnvironment = (directory: string): NodeJS.ProcessEnv => ({ PULUMI_BACKEND_URL: `file://${directory}`, PULUMI_CONFIG_PASSPHRASE: "test", HOME: directory });

/** Makes a project `expproj`, or another stack of one; remove it in the end. */
export async function expStack(stack = "dev", world = expWorld(), project?: string): Promise<ExpStack> {
  const directory = project ?? (await mkdtemp(join(tmpdir(), "steading-engine-")));
  const file = join(directory, ".pulumi", "stacks", "expproj", `${stack}.json`);
  const checkpoint = async (): Promise<JsonObject> => {
    const json = JSON.parse(await readFile(file, "utf8")) as JsonObject;
    return isObject(json["checkpoint"]) && isObject(json["checkpoint"]["latest"]) ? json["checkpoint"]["latest"] : {};
  };
  return {
    directory,
    world,
    async program(name, config = {}) {
      await writeFile(join(directory, "Pulumi.yaml"), `name: expproj\nruntime: nodejs\nmain: ${relative(directory, join(PROGRAMS, `${name}.ts`))}\n`);
      const text = await readFile(join(directory, `Pulumi.${stack}.yaml`), "utf8").catch(() => "");
      const salt = /^encryptionsalt:.*\n/m.exec(text)?.[0] ?? "";
      const values = Object.entries(config).map(([key, value]) => `  ${key}: ${value.startsWith("{") ? value : JSON.stringify(value)}\n`);
      await writeFile(join(directory, `Pulumi.${stack}.yaml`), `${salt}${values.length === 0 ? "" : `config:\n${values.join("")}`}`);
    },
    async run(operation, options = {}) {
      const events: EngineEvent[] = [];
      const opened = await openStack({ directory, stack, forChange: true, env: expEnvironment(directory) });
      try {
        const result = await operation(opened, {
          loadProvider: (pkg, report) => Promise.resolve(pkg === "exp" ? expProvider(world, report) : undefined),
          onEvent: (event) => events.push(event),
          ...options,
        });
        // `up` previews first; what it then did is what counts.
        const from = Math.max(0, events.findLastIndex((event) => event.event === "phase" && event.phase !== "delete"));
        const steps = events.slice(from).filter(isStep).map(({ op, name }) => `${op} ${name}`);
        const errors = result.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message).join("\n");
        return { ...result, events, steps, errors };
      } finally {
        await opened.close();
      }
    },
    checkpoint,
    async resources() {
      const list: Json = (await checkpoint())["resources"] ?? [];
      return Array.isArray(list) ? list.filter(isObject) : [];
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Runs a plan as a stack's program, by `up` unless said otherwise; the calls of its provider are counted anew. */
export async function runPlan(stack: ExpStack, plan: Plan, operation: Parameters<ExpStack["run"]>[0] = up): Promise<ExpRun> {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  stack.world.calls.length = 0;
  return stack.run(operation);
}

/** Puts a checkpoint and its stack's configuration into the project. */
export async function plant(directory: string, stack: string, checkpoint: string, config: string): Promise<void> {
  const file = join(directory, ".pulumi", "stacks", "expproj", `${stack}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, checkpoint);
  await writeFile(join(directory, `Pulumi.${stack}.yaml`), config);
}
