import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCommandProvider } from "#command/provider.ts";
import { up } from "#engine/operations/up.ts";
import type { JsonObject } from "#model/value.ts";
import { expStack, plant } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import { latestOf, recordedStack, resourcesOf } from "../support/recorded-stack.ts";

/** Point 2: default providers of stacks that the Pulumi CLI made keep URN, id and version, and serve what is new. */
let stack: ExpStack;
afterEach(() => stack.remove());

const providerOf = ({ urn, id }: JsonObject = {}): readonly string[] => [urn, id].map((part) => (typeof part === "string" ? part : ""));

test("one without a version serves the boxes that are there, and those that come", async () => {
  const recorded = await recordedStack("component-and-secret");
  stack = recorded;
  await stack.program("plan", { plan: JSON.stringify({ boxes: [{ name: "new" }] }) });
  const run = await stack.run(up);
  expect([run.errors, run.steps]).toEqual(["", ["create new", "delete g-0", "delete g"]]);
  const [was] = resourcesOf(recorded.recorded).filter(({ type }) => type === "pulumi:providers:exp");
  const is = await stack.resources();
  expect(is.filter(({ type }) => type === "pulumi:providers:exp")).toEqual([was]);
  expect(is.find(({ id }) => id === "id-new")).toMatchObject({ provider: providerOf(was).join("::") });
});

test("one with a version is found by it, and keeps what the CLI noted in it", async () => {
  stack = await expStack("d");
  const text = await readFile(join(import.meta.dirname, "../fixtures/pulumi-state/command-local.json"), "utf8");
  // The recording is of a project of another name, which is in every URN.
  const here = text.replaceAll("d::cmdp::", "d::expproj::").replaceAll("cmdp-d", "expproj-d").replace("organization/cmdp/", "organization/expproj/");
  await plant(stack.directory, "d", here, "");
  await stack.program("command-local");
  const run = await stack.run(up, { loadProvider: (pkg, report) => Promise.resolve(pkg === "command" ? makeCommandProvider(report) : undefined) });
  expect([run.errors, run.changes]).toEqual(["", { same: 2 }]);
  expect(await stack.resources()).toEqual(resourcesOf(latestOf(here)));
});
