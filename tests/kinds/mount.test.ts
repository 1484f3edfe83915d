import { mount } from "#kinds/mount.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { absent, folder, link, textFile } from "../support/file-state.ts";
import { samples } from "./mount.samples.ts";

kindLaws(mount, samples);

const want = { what: "tmpfs", where: "/srv/scratch", type: "tmpfs", options: ["size=50%", "mode=1777"] };
const text = `[Unit]
Description=Mount of tmpfs at /srv/scratch

[Mount]
What=tmpfs
Where=/srv/scratch
Type=tmpfs
Options=size=50%%,mode=1777

[Install]
WantedBy=local-fs.target
`;
const right = {
  unit: textFile(text),
  folder: folder(),
  link: link("/etc/systemd/system/srv-scratch.mount"),
  mounted: { type: "tmpfs", source: "tmpfs" },
  point: folder("1777"),
  missing: [],
};

describe("mount", () => {
  test.each([
    { name: "all is right", have: right, fields: [] },
    { name: "it was unmounted", have: { ...right, mounted: null }, fields: ["mounted"] },
    { name: "something else is mounted there", have: { ...right, mounted: { type: "ext4", source: "/dev/sda1" } }, fields: ["mounted"] },
    { name: "it is not mounted at boot", have: { ...right, link: absent }, fields: ["enabled"] },
    { name: "the tree is not booted", have: { ...right, mounted: undefined }, fields: [] },
    { name: "the unit says something else", have: { ...right, unit: textFile("[Mount]\n") }, fields: ["unit"] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(mount.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  test("any type will do when none is wanted", () => {
    const any = { what: "UUID=1", where: "/srv/scratch" };
    const fieldsOf = (mounted: typeof right.mounted | null) => mount.diff(any, { ...right, mounted }).map(({ field }) => field);
    expect(fieldsOf({ type: "xfs", source: "/dev/sdb" })).not.toContain("mounted");
    expect(fieldsOf(null)).toContain("mounted");
  });

  const lastRun = (have: Parameters<typeof mount.apply>[1]) => mount.apply(want, have).flatMap((step) => (step.do === "run" ? [step.argv.slice(1).join(" ")] : [])).at(-1);

  test.each([
    { name: "a remount when only options may differ", mounted: right.mounted, command: "reload-or-restart srv-scratch.mount" },
    { name: "a fresh mount when nothing is mounted", mounted: null, command: "restart srv-scratch.mount" },
    { name: "a fresh mount when something else is mounted", mounted: { type: "ext4", source: "/dev/sda1" }, command: "restart srv-scratch.mount" },
  ])("ends in $name", ({ mounted, command }) => {
    expect(lastRun({ ...right, mounted })).toBe(command);
  });

  test.each([{ type: "nfs4", options: [] }, { type: "ext4", options: ["_netdev"] }])("waits for the network: $type $options", (more) => {
    expect(mount.reads({ ...want, ...more }).folder.subject).toBe("/etc/systemd/system/remote-fs.target.wants");
  });
});
