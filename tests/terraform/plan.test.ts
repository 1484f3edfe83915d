import { readFileSync } from "node:fs";
import { secret, UNKNOWN } from "#model/value.ts";
import { parsePlan } from "#terraform/plan.ts";

/** A plan that `tofu show -json` of OpenTofu 1.12.6 printed, without the parts that are not read. */
const recorded = (name: string): string => readFileSync(new URL(`../fixtures/terraform/plan-${name}.json`, import.meta.url), "utf8");

const change = parsePlan(recorded("change"));
const at = (address: string) => change.changes.find((one) => one.address === address);

test("what a plan does to each resource is read", () => {
  expect(change.changes.map(({ address, action }) => `${action} ${address}`)).toEqual([
    'update terraform_data.found["x"]',
    "move terraform_data.is",
    "forget terraform_data.left",
    "update terraform_data.login",
    "delete terraform_data.old",
    "update terraform_data.plain",
    "replace terraform_data.site",
  ]);
  expect(change.unchanged).toEqual(["terraform_data.same"]);
  expect([at('terraform_data.found["x"]')?.from, at("terraform_data.is")?.from, at("terraform_data.site")?.replacedFor]).toEqual(["abc", "terraform_data.was", ["triggers_replace"]]);
});

test("what is known after apply is unknown, and what is sensitive a secret, each where it is", () => {
  expect(at("terraform_data.login")).toMatchObject({
    before: { input: { password: secret("hunter22"), user: "root" } },
    after: { input: { password: secret("hunter22"), user: "admin" }, output: UNKNOWN },
  });
  expect([...change.secrets]).toEqual(["hunter22"]);
});

test("outputs are values, secrets or unknown; those that go are named", () => {
  expect(change.outputs).toEqual({
    known: { value: "otherwise", sensitive: false, changes: true },
    name: { value: UNKNOWN, sensitive: false, changes: true },
    secret: { value: secret("hunter22"), sensitive: true, changes: false },
  });
  expect(change.goneOutputs).toEqual(["id"]);
});

test("a first plan makes all, a last one takes all away", () => {
  expect(new Set(parsePlan(recorded("create")).changes.map(({ action }) => action))).toEqual(new Set(["create"]));
  const last = parsePlan(recorded("destroy"));
  expect([new Set(last.changes.map(({ action }) => action)), last.goneOutputs.length]).toEqual([new Set(["delete"]), 4]);
});

test("what is no plan is not taken for one", () => {
  expect(() => parsePlan('{"format_version": "2.0"}')).toThrow(/no plan of format 1/);
});
