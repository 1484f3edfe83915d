import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OpenStack } from "#engine/open-stack.ts";
import { refresh } from "#engine/operations/refresh.ts";
import { up } from "#engine/operations/up.ts";
import { isSecret } from "#model/value.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";
import type { RecordedStack } from "../support/recorded-stack.ts";

/** Point 1: secrets inside values, through Read and refresh, in stacks that the Pulumi CLI made. */
let stack: RecordedStack;
afterEach(() => stack.remove());

const text = (name: string): Promise<string> => readFile(join(stack.directory, ".pulumi", "stacks", "expproj", `${name}.json`), "utf8");

test("what the CLI left in clear beside a nested secret is closed by a refresh; the ciphertext of the input stays", async () => {
  stack = await recordedStack("dependencies-and-timeouts");
  expect(await text("three")).toContain('"hid"');
  // What a machine gives back is in clear.
  stack.world.boxes.set("id-b", { created: true, gen: 1, name: "b", size: "default-size", spec: { from: 1, nested: { s: "hid" } } });
  expect(await stack.run(refresh)).toMatchObject({ succeeded: true, errors: "" });
  expect(await text("three")).not.toContain("hid");
  const [was, is] = [resourcesOf(stack.recorded), await stack.resources()].map((list) => list.find(({ id }) => id === "id-b"));
  expect([is?.["inputs"], is?.["additionalSecretOutputs"]]).toEqual([was?.["inputs"], ["gen"]]);
  expect(is?.["outputs"]).toMatchObject({ spec: { nested: { s: { ciphertext: expect.stringMatching(/^v1:/) as unknown } } } });
  expect(await stack.run(up)).toMatchObject({ succeeded: true, changes: { same: 4 } });
});

test("a secret that is read in clear, and is as it was, changes nothing in the state, ciphertexts included", async () => {
  stack = await recordedStack("component-and-secret");
  let token = "";
  const once = async (opened: OpenStack, ...rest: Parameters<typeof refresh> extends [unknown, ...infer R] ? R : never) => {
    const found = opened.snapshot?.resources.find(({ id }) => id === "id-g-0");
    const closed = found?.inputs["token"] ?? null;
    token = isSecret(closed) && typeof closed.value === "string" ? closed.value : "";
    stack.world.boxes.set("id-g-0", { ...found?.outputs, token });
    return refresh(opened, ...rest);
  };
  expect(await stack.run(once)).toMatchObject({ succeeded: true, errors: "" });
  // The search would find it.
  expect(token.length).toBeGreaterThan(1);
  expect(JSON.stringify(stack.world.boxes.get("id-g-0"))).toContain(token);
  expect(JSON.stringify((await stack.resources()).map(({ inputs, outputs }) => [inputs, outputs]))).not.toContain(`"${token}"`);
  expect(await stack.resources()).toEqual(resourcesOf(stack.recorded));
});
