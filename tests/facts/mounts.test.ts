import { mounts } from "#facts/mounts.ts";

describe("mounts", () => {
  test.each([
    { name: "a mount", output: "/srv tmpfs tmpfs rw,size=1024k\n", state: { type: "tmpfs", source: "tmpfs" } },
    { name: "the topmost of two", output: "/srv autofs systemd-1 rw,fd=1\n/srv ext4 /dev/sda1 rw\n", state: { type: "ext4", source: "/dev/sda1" } },
    { name: "nothing", output: "", state: null },
    { name: "an unbooted tree", output: "unbooted\n", state: undefined },
  ])("reads $name", ({ output, state }) => {
    expect(mounts.parse(output, ["/srv"]).get("/srv")).toEqual(state);
  });

  test("refuses what it cannot read", () => {
    expect(() => mounts.parse("/srv tmpfs\n", ["/srv"])).toThrow("mountinfo");
  });
});
