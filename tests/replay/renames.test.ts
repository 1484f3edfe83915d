import { up } from "#engine/operations/up.ts";
import { writes } from "../support/exp.ts";
import { recordedStack, resourcesOf } from "../support/recorded-stack.ts";

/** Point 6: a component of a stack of the Pulumi CLI gets another name and type; its child has the type in its URN. */
test("all stays as it is under its new name", async () => {
  const stack = await recordedStack("component-and-secret", { program: "renamed-group" });
  try {
    const run = await stack.run(up);
    expect([run.errors, run.changes, writes(stack.world)]).toEqual(["", { same: 3 }, []]);
    // A secret at another place is encrypted anew.
    const opened = (resources: unknown): string => JSON.stringify(resources).replaceAll(/"ciphertext":"[^"]+"/g, '"ciphertext":"…"');
    const renamed = opened(resourcesOf(stack.recorded)).replaceAll("exp:index:Group", "exp:index:Team").replaceAll('::g"', '::h"');
    expect(JSON.parse(opened(await stack.resources()))).toEqual(JSON.parse(renamed));
    expect(await stack.run(up)).toMatchObject({ succeeded: true, changes: { same: 3 } });
  } finally {
    await stack.remove();
  }
});
