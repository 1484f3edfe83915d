import { up } from "#engine/operations/up.ts";
import { secret } from "#model/value.ts";
import { expStack } from "../support/exp-stack.ts";
import type { ExpStack } from "../support/exp-stack.ts";
import { recordedStack } from "../support/recorded-stack.ts";

/** Point 3: a stack of ours takes what a stack of the Pulumi CLI gave out. */
let stack: ExpStack;
beforeEach(async () => {
  stack = await expStack();
});
afterEach(() => stack.remove());

test("plain outputs are plain, secret ones stay secret, and the other stack is left alone", async () => {
  const three = await recordedStack("dependencies-and-timeouts", { project: stack.directory });
  await stack.program("reads-three");
  const first = await stack.run(up);
  expect([first.errors, first.outputs]).toEqual(["", { afrom: "gen=1", bgen: secret(1) }]);
  const [state] = (await stack.resources()).filter(({ type }) => type === "pulumi:pulumi:StackReference");
  expect(state).toMatchObject({ id: "organization/expproj/three", external: true, outputs: { outputs: { afrom: "gen=1", bgen: { ciphertext: expect.stringMatching(/^v1:/) as unknown } } } });
  const before = await stack.checkpoint();
  expect(await stack.run(up)).toMatchObject({ succeeded: true, outputs: first.outputs });
  expect((await stack.checkpoint())["resources"]).toEqual(before["resources"]);
  expect(await three.checkpoint()).toEqual(three.recorded);
});
