import { up } from "#engine/operations/up.ts";
import { isObject } from "#model/value.ts";
import { writes } from "../support/exp.ts";
import { expStack, runPlan } from "../support/exp-stack.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";

/** Point 14: what the Pulumi CLI made, imported into a new stack, is in the state as the CLI had it, and then as it was. */
test("inputs and outputs are those of the recording, and the first run after has nothing to do", async () => {
  const recorded = await recordedStack("dependencies-and-timeouts");
  const stack = await expStack("dev", recorded.world);
  try {
    const plan = { boxes: [{ name: "a", args: { spec: { v: "1" } }, options: { import: "id-a" } }, { name: "c", args: { spec: {} }, dependsOn: ["a"], options: { import: "id-c" } }] };
    const run = await runPlan(stack, plan);
    expect([run.errors, run.steps, writes(stack.world)]).toEqual(["", ["import a", "import c"], []]);
    for (const id of ["id-a", "id-c"]) {
      const [was, is] = [resourcesOf(recorded.recorded), await stack.resources()].map((list) => list.find((one) => one["id"] === id) ?? {});
      expect([is?.["inputs"], is?.["outputs"], is?.["importID"]]).toEqual([isObject(was?.["inputs"]) ? was["inputs"] : {}, was?.["outputs"], id]);
    }
    const before = await stack.checkpoint();
    expect(await runPlan(stack, plan)).toMatchObject({ succeeded: true, changes: { same: 3 } });
    expect(await stack.checkpoint()).toEqual(before);
    expect(await stack.run(up)).toMatchObject({ changes: { same: 3 } });
  } finally {
    await stack.remove();
    await recorded.remove();
  }
});
