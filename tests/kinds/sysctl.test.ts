import { sysctl } from "#kinds/sysctl.ts";
import { absent, folder as folderState, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./sysctl.samples.ts";

kindLaws(sysctl, samples);

const want = { key: "net.ipv4.ip_forward", value: 1 };
const file = textFile("net.ipv4.ip_forward = 1\n");
const folder = folderState();

describe("sysctl", () => {
  test.each([
    { name: "nothing is set", have: { file: absent, running: { value: "0" } }, fields: ["file", "running"] },
    { name: "only the file is right", have: { file, running: { value: "0" } }, fields: ["running"] },
    { name: "the kernel has no such parameter", have: { file, running: {} }, fields: ["running"] },
    { name: "only the running value is right", have: { file: absent, running: { value: "1" } }, fields: ["file"] },
    { name: "all is right", have: { file, running: { value: "1" } }, fields: [] },
    { name: "the tree is not booted", have: { file, running: undefined }, fields: [] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(sysctl.diff(want, { folder, ...have }).map(({ field }) => field)).toEqual(fields);
  });

  test("leaves the running value alone when told so", () => {
    const later = { ...want, now: false };
    expect(sysctl.diff(later, { file, folder, running: { value: "0" } })).toEqual([]);
    expect(sysctl.apply(later, { file, folder, running: {} })).toHaveLength(1);
  });

  test("cannot tell, and touches only the file, where the parameter belongs to a container's host", () => {
    const running = { value: "0", readOnly: true } as const;
    expect(sysctl.diff(want, { file, folder, running })).toEqual([{ field: "running", cannotTell: "it is 0, and read-only here: in a container it belongs to the host" }]);
    expect(sysctl.diff(want, { file, folder, running: { ...running, value: "1" } })).toEqual([]);
    expect(sysctl.apply(want, { file: absent, folder, running }).map((step) => step.do)).toEqual(["write-file"]);
    expect(sysctl.undo(want, { file: absent, folder, running })).toEqual([{ do: "restore", path: "/etc/sysctl.d/90-steading-net.ipv4.ip_forward.conf" }]);
  });

  test("compares several numbers whatever the white space", () => {
    const many = { key: "net.ipv4.tcp_rmem", value: "4096  131072\t6291456" };
    const written = textFile("net.ipv4.tcp_rmem = 4096 131072 6291456\n");
    expect(sysctl.diff(many, { file: written, folder, running: { value: "4096 131072 6291456" } })).toEqual([]);
  });

  test("undo brings back the file and the running value", () => {
    expect(sysctl.undo(want, { file: absent, folder, running: { value: "0" } })).toEqual([
      { do: "restore", path: "/etc/sysctl.d/90-steading-net.ipv4.ip_forward.conf" },
      { do: "run", argv: ["tee", "/proc/sys/net/ipv4/ip_forward"], stdin: "0\n", running: true },
    ]);
  });

  test("finds a parameter whose name holds a dot", () => {
    const dotted = { key: "net.ipv4.conf.eth0/5.forwarding", value: 1 };
    expect(sysctl.reads(dotted).running.subject).toBe("net/ipv4/conf/eth0.5/forwarding");
  });
});
