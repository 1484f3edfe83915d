import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { programOnPath } from "#host/programs.ts";
import { canonical, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { describeUnless } from "../support/skip.ts";
import { held, tried } from "../support/soak.ts";

const root = join(import.meta.dirname, "../..");
const obstacle = ["pulumi", "pulumi-resource-command"].every((name) => programOnPath(name) !== undefined) ? undefined : "pulumi and pulumi-resource-command are not on PATH";
const NAMES = ["a", "b", "c", "d", "e"];
/** Each is three versions of a program, and takes about twenty seconds. */
const CASES = 30;
const PROMISE = "random programs of commands: the same is done, and the same is in the state, as by the Pulumi CLI";

/** A command of a program; those before it are what it can refer to. */
interface Planned {
  readonly name: string;
  readonly value: string;
  readonly dependsOn: readonly string[];
  readonly trigger?: string;
  readonly parent?: string;
  readonly deleteBeforeReplace?: boolean;
  readonly retainOnDelete?: boolean;
  readonly isSecret?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly aliases?: readonly string[];
}

// Not deletedWith: there ours is on the safe side (docs/decisions/0030).
const planned = (name: string, before: readonly string[]): fc.Arbitrary<Planned> =>
  fc.record(
    {
      name: fc.constant(name),
      value: fc.constantFrom("1", "2"),
      dependsOn: fc.subarray([...before]),
      trigger: fc.constantFrom("x", "y"),
      parent: fc.constantFrom(...(before.length === 0 ? [""] : before)),
      deleteBeforeReplace: fc.boolean(),
      retainOnDelete: fc.boolean(),
      isSecret: fc.boolean(),
      ignoreChanges: fc.constant(["environment"]),
      replaceOnChanges: fc.constant(["environment"]),
      aliases: fc.subarray(NAMES),
    },
    { requiredKeys: ["name", "value", "dependsOn"] },
  );

const version: fc.Arbitrary<readonly Planned[]> = fc.subarray(NAMES, { minLength: 1 }).chain((names) => fc.tuple(...names.map((name, index) => planned(name, names.slice(0, index))))).map((all) =>
  // What is declared itself is nobody's former name, and no name is that of two.
  all.map((one, index) => ({ ...one, aliases: (one.aliases ?? []).filter((name) => all.every((other) => other.name !== name) && all.findIndex(({ aliases = [] }) => aliases.includes(name)) === index) })),
);

const PROGRAM = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
const made = {};
for (const { name, value, trigger, dependsOn, parent, isSecret, aliases, ...options } of JSON.parse(readFileSync(process.env.PLAN, "utf8"))) {
  const does = (what) => "echo " + what + " " + name + " " + value + " >>" + process.env.DONE;
  made[name] = new local.Command(
    name,
    { create: does("create"), update: does("update"), delete: does("delete"), environment: { V: isSecret ? pulumi.secret(value) : value }, ...(trigger ? { triggers: [trigger] } : {}) },
    { ...options, dependsOn: dependsOn.map((other) => made[other]), parent: made[parent], aliases: aliases.map((other) => ({ name: other })) },
  );
}
`;

/** A project, and what runs it. */
function projectIn(directory: string, [file, ...before]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
  mkdirSync(directory);
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  writeFileSync(join(directory, "Pulumi.yaml"), "name: proj\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\n");
  writeFileSync(join(directory, "index.mjs"), PROGRAM);
  const own = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter), ...env, PULUMI_BACKEND_URL: `file://${directory}`, PULUMI_CONFIG_PASSPHRASE: "test" };
  return {
    run: (...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(file, [...args, "--stack", "dev", ...before], { cwd: directory, env: own, encoding: "utf8", timeout: 120_000 });
      return { status, said: `${stdout}${stderr}` };
    },
    resources: () => (JSON.parse(readFileSync(join(directory, ".pulumi/stacks/proj/dev.json"), "utf8")) as { checkpoint: { latest: { resources: JsonObject[] } } }).checkpoint.latest.resources,
  };
}

/** What is of this run, this engine or this version of the plugin alone. */
const OWN = new Set(["id", "provider", "created", "modified", "sourcePosition", "stackTrace", "ciphertext"]);

/** A value of a state without that; lists of names in order, empty ones left out. */
function comparable(value: Json): Json {
  if (Array.isArray(value)) return value.map((inner: Json) => comparable(inner)).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (OWN.has(key) || (Array.isArray(inner) && inner.length === 0) ? [] : [[key, key === "stdout" || key === "stderr" ? "" : comparable(inner)]])));
}

const isCommand = ({ type }: JsonObject): boolean => type === "command:local:Command";

describeUnless(obstacle === undefined, obstacle ?? "")("the embedded engine beside the Pulumi CLI", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-beside-"));
  afterAll(() => { rmSync(directory, { recursive: true }); });
  const [plan, done] = [join(directory, "plan"), join(directory, "done")];
  let cases = 0;

  test("does the same to random programs of commands, and leaves the same state", () => {
    fc.assert(
      fc.property(fc.tuple(version, version, version), (versions) => {
        tried(PROMISE);
        const home = join(directory, String(cases++));
        mkdirSync(home);
        const env = { PLAN: plan, DONE: done, PULUMI_HOME: join(directory, "home"), PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
        const ours = projectIn(join(home, "ours"), [join(root, "src/cli/steading")], env);
        const theirs = projectIn(join(home, "theirs"), ["pulumi", "--non-interactive", "--color", "never"], env);
        expect(theirs.run("stack", "init")).toMatchObject({ status: 0 });
        for (const one of versions) {
          writeFileSync(plan, JSON.stringify(one));
          const [a, b] = [ours, theirs].map(({ run, resources }) => {
            rmSync(done, { force: true });
            const { status, said } = run("up", "--yes");
            const did = existsSync(done) ? readFileSync(done, "utf8").split("\n").sort() : [];
            return { succeeded: status === 0, said: status === 0 ? "" : said, did, state: resources().filter(isCommand).map((state) => canonical(comparable(state))).sort() };
          });
          expect({ ...a, said: "" }).toEqual({ ...b, said: "" });
        }
        rmSync(home, { recursive: true });
        held(PROMISE);
      }),
      { numRuns: CASES, endOnFailure: false },
    );
  }, 3_600_000);
});
