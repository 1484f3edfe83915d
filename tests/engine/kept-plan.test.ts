import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { previewToFile, upAsPlanned } from "#engine/operations/kept-plan.ts";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpRun, ExpStack } from "../support/exp-stack.ts";
import type { Plan } from "../fixtures/programs/plan.ts";

let stack: ExpStack;
let file: string;
beforeEach(async () => {
  stack = await expStack();
  file = join(stack.directory, "plan.json");
});
afterEach(() => stack.remove());

const save = async (plan: Plan): Promise<ExpRun> => {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  return stack.run((open, options) => previewToFile(open, options, file));
};
const apply = async (plan: Plan): Promise<ExpRun> => {
  await stack.program("plan", { plan: JSON.stringify(plan) });
  stack.world.calls.length = 0;
  return stack.run((open, options) => upAsPlanned(open, options, file));
};
const written = (): JsonObject => {
  const json: unknown = JSON.parse(readFileSync(file, "utf8"));
  return isObject(json) ? json : {};
};
/** Code, name of the resource and input of each issue. */
const issuesOf = ({ diagnostics }: ExpRun): readonly string[] => diagnostics.flatMap(({ issues = [] }) => issues.map(({ code, at, path }) => `${code} ${at.split("::").at(-1) ?? ""} ${path}`.trim())).sort();
/** The code with which a plan is refused before anything is asked. */
const refused = async (plan: Plan): Promise<string> => {
  const error: unknown = await apply(plan).catch((thrown: unknown) => thrown);
  expect(stack.world.calls).toEqual([]);
  if (!(error instanceof Error && "issues" in error && Array.isArray(error.issues))) throw new Error("it was not refused");
  return error.issues.map((issue: unknown) => (isObject(issue) && issue["fix"] !== "" ? JSON.stringify(issue["code"]).slice(1, -1) : "")).join();
};

const two: Plan = { boxes: [{ name: "a", args: { size: "big" } }, { name: "b", dependsOn: ["a"] }] };

test("what was planned is done, once", async () => {
  expect((await save(two)).succeeded).toBe(true);
  expect(writes(stack.world)).toEqual([]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const applied = await apply(two);
  expect([applied.succeeded, applied.errors, applied.steps]).toEqual([true, "", ["create a", "create b"]]);
  expect(await refused(two)).toBe("plan.outdated");
});

test("a plan with nothing to do does nothing, and may be applied again", async () => {
  await save(two);
  await apply(two);
  await save(two);
  for (const round of [1, 2]) expect([round, (await apply(two)).succeeded, writes(stack.world)]).toEqual([round, true, []]);
});

test("deletes and replacements are part of it", async () => {
  await save(two);
  await apply(two);
  const next: Plan = { boxes: [{ name: "a", args: { forceNew: "x" } }] };
  expect((await save(next)).changes).toMatchObject({ replace: 1, delete: 2 });
  expect((await apply(next)).succeeded).toBe(true);
  expect(writes(stack.world)).toEqual(["create a", "delete b", "delete a"]);
});

test("a value that was not known then may be known when it is applied", async () => {
  const plan: Plan = { boxes: [{ name: "a" }, { name: "b", from: "a" }] };
  await save(plan);
  expect((await apply(plan)).errors).toBe("");
  expect((await stack.resources()).find(({ id }) => id === "id-b")).toMatchObject({ inputs: { spec: { from: 1 } } });
});

test("a program that changed is refused, and what changed is named", async () => {
  const b = { name: "b", dependsOn: ["a"] };
  const changes: readonly (readonly [Plan, readonly string[]])[] = [
    [{ boxes: [{ name: "a", args: { size: "small" } }, b] }, ["plan.program a size"]],
    [{ boxes: [{ name: "a", args: { size: "big" }, secret: "x" }, b] }, ["plan.program a token"]],
    [{ boxes: [...(two.boxes ?? []), { name: "c" }] }, ["plan.program c"]],
    [{ boxes: [{ name: "b" }] }, ["plan.program a", "plan.program b"]],
    [{ boxes: [{ name: "a", args: { size: "big" }, options: { protect: true } }, b] }, ["plan.program a"]],
  ];
  await save(two);
  for (const [changed, names] of changes) {
    const applied = await apply(changed);
    expect([applied.succeeded, issuesOf(applied), writes(stack.world)]).toEqual([false, names, []]);
  }
});

test("a secret is not in the file, in no form that can be guessed; the same search finds what is no secret", async () => {
  await save({ boxes: [{ name: "visible-canary", secret: "1234" }] });
  const text = readFileSync(file, "utf8");
  expect(text).toContain("visible-canary");
  const first = JSON.stringify(written()["resources"]);
  await save({ boxes: [{ name: "visible-canary", secret: "1234" }] });
  // Keys of their own: the same secret in two plans looks different, so no table of digests helps.
  expect(JSON.stringify(written()["resources"])).not.toBe(first);
  const sums = ["1234", '"1234"'].flatMap((of) => (["hex", "base64", "base64url"] as const).map((as) => createHash("sha256").update(of).digest(as).replace(/=+$/, "")));
  for (const form of ['"1234', Buffer.from("1234").toString("base64").replace(/=+$/, ""), ...sums]) expect(text).not.toContain(form);
});

test("no plan is kept of a preview that failed", async () => {
  expect((await save({ boxes: [{ name: "a", args: { size: 1 } }] })).succeeded).toBe(false);
  expect(existsSync(file)).toBe(false);
});

test("a file that is not a plan of this stack is refused before anything is asked", async () => {
  await save(two);
  const plan = written();
  const edits: readonly (readonly [what: string, text: string, code: string])[] = [
    ["edited", JSON.stringify({ ...plan, made: "2020-01-01T00:00:00Z" }), "plan.edited"],
    ["of another stack", JSON.stringify({ ...plan, stack: "other" }), "plan.foreign"],
    ["of a newer Steading", JSON.stringify({ ...plan, steadingPlan: 2 }), "plan.version"],
    ["of another tool", '{"version":4,"resource_changes":[]}', "plan.unreadable"],
    ["no JSON", "PK\u0003\u0004", "plan.unreadable"],
    ["empty", "", "plan.unreadable"],
    ["without a name", JSON.stringify({ ...plan, project: 1 }), "file.invalid"],
    ["sealed with another passphrase", JSON.stringify({ ...plan, salt: "v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" }), "passphrase.wrong"],
  ];
  for (const [what, text, code] of edits) {
    writeFileSync(file, text);
    expect([what, await refused(two)]).toEqual([what, code]);
  }
});

test("a file that is not there, or cannot be written, is said", async () => {
  expect(await refused(two)).toBe("plan.missing");
  file = join(stack.directory, "no", "such", "directory", "plan.json");
  expect((await save(two)).diagnostics.flatMap(({ issues = [] }) => issues.map(({ code }) => code))).toEqual(["file.unwritable"]);
});

test("a state that moved on is refused: what a refresh found, another run", async () => {
  await stack.program("plan", { plan: JSON.stringify(two) });
  await stack.run(up);
  await save(two);
  await stack.run((open, options) => refresh(open, options));
  expect((await apply(two)).succeeded).toBe(true);
  stack.world.boxes.delete("id-b");
  await stack.run((open, options) => refresh(open, options));
  expect(await refused(two)).toBe("plan.outdated");
});
