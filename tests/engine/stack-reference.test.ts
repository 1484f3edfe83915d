import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newCrypter } from "#engine/passphrase.ts";
import { up } from "#engine/operations/up.ts";
import { refresh } from "#engine/operations/refresh.ts";
import { secret } from "#model/value.ts";
import { expWorld, writes } from "../support/exp.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";

let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

test("a stack takes what another gave out; secrets stay secret, and what changes there reaches here", async () => {
  const other = await expStack("prod", expWorld(), stack.directory);
  other.world.boxes.set("id-elsewhere", { name: "elsewhere", size: "huge", created: true, gen: 9 });
  await other.program("functions");
  const given = await other.run(up);
  expect(given.errors).toBe("");
  await stack.program("reference", { of: "organization/expproj/prod" });
  const first = await stack.run(up);
  expect(first.errors).toBe("");
  expect(first.outputs).toMatchObject({ size: "huge", greeting: secret({ greeting: "hello no. 1", hidden: "psst" }), itself: "created" });
  const states = await stack.resources();
  expect(states.find(({ type }) => type === "pulumi:pulumi:StackReference")).toMatchObject({ external: true, id: "organization/expproj/prod" });
  expect(JSON.stringify(states)).not.toContain("psst");
  const second = await stack.run(up);
  expect([second.errors, writes(stack.world)]).toEqual(["", ["create mine"]]);
  expect((await stack.run(refresh)).errors).toBe("");
});

test.each([
  ["organization/expproj/none", /no such stack/],
  ["a/b/c", /is not the name of a stack/],
  ["organization/none", /no such stack/],
  ["elsewhere/none", /is not the name of a stack/],
])("%s is refused", async (of, said) => {
  await stack.program("reference", { of });
  const failed = await stack.run(up);
  expect(failed.succeeded).toBe(false);
  expect(failed.errors).toMatch(said);
});

test("a stack of another passphrase is referred to all the same: what is secret there stays unknown, and that is said", async () => {
  const other = await expStack("prod", expWorld(), stack.directory);
  other.world.boxes.set("id-elsewhere", { name: "elsewhere", size: "huge", created: true, gen: 9 });
  await other.program("functions");
  expect((await other.run(up)).errors).toBe("");
  const file = join(stack.directory, ".pulumi", "stacks", "expproj", "prod.json");
  const text = await readFile(file, "utf8");
  const foreign = await newCrypter("another one", "here");
  await writeFile(file, text.replace(/"salt": ?"[^"]*"/, `"salt":"${foreign.salt}"`));
  await stack.program("reference", { of: "organization/expproj/prod" });
  const run = await stack.run(up);
  expect(run.errors).toBe("");
  expect(run.diagnostics.map(({ message }) => message)).toContainEqual(expect.stringMatching(/organization\/expproj\/prod has another passphrase: .*\(.*greeting.*\) is not known here/));
  expect(JSON.stringify(run.outputs)).not.toContain("psst");
});
