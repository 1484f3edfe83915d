import { groups } from "#facts/groups.ts";

describe("groups", () => {
  test.each([
    { name: "a group", output: "tools\nsudo:27:\n", state: { tools: true, gid: 27 } },
    { name: "a group with members", output: "tools\nsudo:27:ada,bob\n", state: { tools: true, gid: 27, members: ["ada", "bob"] } },
    { name: "no group", output: "tools\n", state: { tools: true } },
    { name: "a host without account tools", output: "files\nsudo:27:\n", state: { tools: false, gid: 27 } },
  ])("reads $name", ({ output, state }) => {
    expect(groups.parse(output, ["sudo"]).get("sudo")).toEqual(state);
  });
});
