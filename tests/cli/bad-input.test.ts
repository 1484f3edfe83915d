import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { steading, tryProject } from "../support/cli.ts";
import type { CommandResult } from "../support/cli.ts";

/** A program with one command, and a secret; `more` comes after them. */
const program = (more = ""): string => `
import { secret } from "@pulumi/pulumi";
import { local } from "@pulumi/command";
new local.Command("a", { create: "echo made", delete: "touch gone", dir: import.meta.dirname });
export const token = secret("hidden");
${more}
`;

const project = tryProject(program());
symlinkSync(join(import.meta.dirname, "../../node_modules/@pulumi/command"), join(project.directory, "node_modules/@pulumi/command"));
afterAll(() => { project.remove(); });

const at = (...path: readonly string[]): string => join(project.directory, ...path);
const state = at(".steading/state/.pulumi/stacks/try/dev.json");
const locks = at(".steading/state/.pulumi/locks/organization/try/dev");
const lock = join(locks, "a7d0b8f6-6d5a-4a5b-9f0e-2f1f6a4f0c11.json");
const run = (args: readonly string[], passphrase: string | undefined = "test"): Promise<CommandResult> =>
  steading([...args, "--stack", "dev"], { cwd: project.directory, env: { FORCE_COLOR: "", ...(passphrase === "" ? {} : { PULUMI_CONFIG_PASSPHRASE: passphrase }) } });

const UP = ["up", "--yes"];
const EACH = [["preview"], UP];

interface Mistake {
  readonly name: string;
  readonly says: RegExp;
  /** What is typed. */
  readonly typed: readonly (readonly string[])[];
  readonly passphrase?: string;
  readonly program?: string;
  readonly before?: () => void;
  readonly after?: () => void;
}

const written = (): { version: number; features?: readonly string[] } => JSON.parse(readFileSync(state, "utf8")) as { version: number };
let good = "";

const mistakes: readonly Mistake[] = [
  { name: "a wrong passphrase", passphrase: "wrong", typed: [...EACH, ["refresh", "--yes"], ["destroy", "--yes"]], says: /passphrase/ },
  { name: "no passphrase", passphrase: "", typed: EACH, says: /PULUMI_CONFIG_PASSPHRASE/ },
  {
    name: "a state of a newer CLI",
    before: () => { writeFileSync(state, JSON.stringify({ ...written(), version: 4, features: ["hooks"] })); },
    after: () => { writeFileSync(state, good); },
    typed: [...EACH, ["refresh", "--yes"], ["destroy", "--yes"]],
    says: /uses hooks \(version 4\), which Steading does not know[\s\S]*use the Pulumi CLI/,
  },
  { name: "a state that is cut off", before: () => { writeFileSync(state, good.slice(0, 100)); }, after: () => { writeFileSync(state, good); }, typed: EACH, says: /is not JSON[\s\S]*\.bak/ },
  {
    name: "a lock that somebody holds",
    before: () => {
      mkdirSync(locks, { recursive: true });
      writeFileSync(lock, JSON.stringify({ pid: 1, username: "somebody", hostname: "elsewhere", timestamp: new Date().toISOString() }));
    },
    after: () => { rmSync(lock); },
    typed: [UP, ["destroy", "--yes"]],
    says: /somebody[\s\S]*elsewhere/,
  },
  { name: "a program that throws half-way", program: program('throw new Error("no more");').replace(/new local.*\n/, ""), typed: EACH, says: /no more/ },
  { name: "a program with a syntax error", program: "const = 1;", typed: EACH, says: /program\.ts[\s\S]*(Unexpected token|Expression expected|SyntaxError)/ },
  { name: "a program that is not there", before: () => { rmSync(at("program.ts")); }, typed: EACH, says: /program\.ts/ },
  { name: "a target that is not there", typed: [["preview", "--target", "b"], [...UP, "--target", "b"], ["destroy", "--yes", "--target", "b"], ["refresh", "--yes", "--target", "b"]], says: /--target b: there is no such resource/ },
  { name: "options that do not go together", typed: [[...UP, "--target", "a", "--exclude", "a"], ["preview", "--target", "a", "--exclude", "a"]], says: /--exclude: does not go together with --target/ },
  { name: "a plan of a part", typed: [["preview", "--target", "a", "--save-plan", "plan.json"], [...UP, "--target", "a", "--plan", "plan.json"]], says: /a plan that is kept is one of the whole stack/ },
];

beforeAll(async () => {
  expect(await run(UP)).toMatchObject({ exitCode: 0 });
  good = readFileSync(state, "utf8");
  expect(good).toContain('"stdout":"made"');
}, 120_000);

test.each(mistakes)("$name is said in clear words, with exit status 1, and the state stays as it is", async ({ says, typed, passphrase, program: text, before, after }) => {
  writeFileSync(at("program.ts"), text ?? program());
  before?.();
  const untouched = readFileSync(state, "utf8");
  const lines: string[] = [];
  for (const args of typed) {
    const { exitCode, stderr } = await run(args, passphrase);
    lines.push(stderr);
    expect([args, exitCode, stderr]).toEqual([args, 1, expect.stringMatching(says)]);
    expect(readFileSync(state, "utf8")).toBe(untouched);
  }
  after?.();
  // It is the user's mistake, and no secret is in what is said.
  expect(lines.join("\n")).not.toMatch(/mistake in Steading|hidden/);
  expect(existsSync(at("gone"))).toBe(false);
}, 300_000);

test("a run that dies in the middle of a create says so the next time, which completes it", async () => {
  writeFileSync(at("program.ts"), program('new local.Command("b", { create: "test -e once || { touch once; kill -9 $PPID; }", dir: import.meta.dirname });'));
  expect((await run(UP)).exitCode).not.toBe(0);
  expect(readFileSync(state, "utf8")).toContain('"type":"creating"');
  const next = await run(UP);
  expect([next.exitCode, next.stderr]).toEqual([0, expect.stringMatching(/an earlier run was killed while creating/)]);
  expect(readFileSync(state, "utf8")).not.toContain("pending_operations");
}, 120_000);
