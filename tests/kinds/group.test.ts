import { group } from "#kinds/group.ts";
import type { GroupProps } from "#kinds/group.ts";
import type { Step } from "#model/step.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./group.samples.ts";

kindLaws(group, samples);

const want: GroupProps = { name: "media" };
const tools = true;
const argvs = (steps: readonly Step[]) => steps.map((step) => (step.do === "run" ? step.argv.join(" ") : step.do));

describe("group", () => {
  test.each([
    { name: "absent", want, have: { tools }, fields: ["state"], steps: ["groupadd media"] },
    { name: "absent, with a number", want: { ...want, gid: 1500, system: true }, have: { tools }, fields: ["state"], steps: ["groupadd -r -g 1500 media"] },
    { name: "there with any number", want, have: { tools, gid: 1000 }, fields: [], steps: [] },
    { name: "there with another number", want: { ...want, gid: 1500 }, have: { tools, gid: 1000 }, fields: ["gid"], steps: ["groupmod -g 1500 media"] },
    { name: "there and unwanted", want: { ...want, state: "absent" }, have: { tools, gid: 1000 }, fields: ["state"], steps: ["groupdel media"] },
  ] as const)("$name: differs in $fields", ({ want: wanted, have, fields, steps }) => {
    expect(group.diff(wanted, { group: have }).map(({ field }) => field)).toEqual(fields);
    expect(argvs(group.apply(wanted, { group: have }))).toEqual(steps);
  });

  test.each([
    { name: "no group", want, before: { tools }, steps: ["groupdel media"] },
    { name: "the number", want: { ...want, gid: 1500 }, before: { tools, gid: 1000 }, steps: ["groupmod -g 1000 media"] },
    { name: "the group", want: { ...want, state: "absent" }, before: { tools, gid: 1000 }, steps: ["groupadd -g 1000 media"] },
    { name: "the group and who was in it", want: { ...want, state: "absent" }, before: { tools, gid: 1000, members: ["ada", "bob"] }, steps: ["groupadd -g 1000 media", "gpasswd -M ada,bob media"] },
  ] as const)("undo brings back $name", ({ want: wanted, before, steps }) => {
    expect(argvs(group.undo(wanted, { group: before }) as readonly Step[])).toEqual(steps);
  });

  test("edits the file where there are no account tools", () => {
    const [step] = group.apply({ ...want, gid: 1500 }, { group: { tools: false } });
    expect(step?.do === "run" ? step.argv.slice(3) : []).toEqual(["steading", "group", "media", "1500", "1000"]);
  });
});
