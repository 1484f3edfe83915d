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

  describe.each([
    { key: "kernel.modules_disabled", value: 1, from: "0" },
    { key: "kernel.modules_disabled", value: "0x1", from: "0" },
    { key: "kernel.kexec_load_disabled", value: 1, from: "0" },
    { key: "kernel.kexec_load_limit_panic", value: 0, from: "-1" },
    { key: "kernel.kexec_load_limit_reboot", value: 2, from: "5" },
    { key: "kernel.unprivileged_bpf_disabled", value: 1, from: "2" },
    { key: "kernel.usermodehelper.bset", value: "0 0", from: "4294967295 511" },
    { key: "kernel.usermodehelper.inheritable", value: "0 0", from: "4294967295 511" },
    { key: "kernel.yama.ptrace_scope", value: 3, from: "1" },
  ])("$key = $value from $from, which cannot be taken back", ({ key, value, from }) => {
    const one = { key, value };
    const before = { file: absent, folder, running: { value: from } };
    const path = `/etc/sysctl.d/90-steading-${key}.conf`;
    const waits = { field: "running", waitsFor: "reboot", why: `it stays ${from} until then, as a running kernel sets it one way only` };

    test("is written for the next boot alone, and can be undone", () => {
      expect(sysctl.apply(one, before)).toEqual([expect.objectContaining({ do: "write-file", path })]);
      expect(sysctl.undo(one, before)).toEqual([{ do: "restore", path }]);
    });

    test("waits for a reboot, and is no difference meanwhile", () => {
      const written = { ...before, file: textFile(`${key} = ${value.toString()}\n`) };
      expect(sysctl.diff(one, written)).toEqual([waits]);
      expect(sysctl.diff(one, { ...written, running: { value: value.toString() } })).toEqual([]);
      expect(sysctl.diff({ ...one, now: false }, written)).toEqual([]);
    });
  });

  test("waits for a reboot where the running kernel has what cannot be taken back, and touches only the file", () => {
    const two = { key: "kernel.unprivileged_bpf_disabled", value: 2 };
    const have = { file: absent, folder, running: { value: "1" } };
    expect(sysctl.diff(two, have).map((one) => [one.field, "waitsFor" in one])).toEqual([["file", false], ["running", true]]);
    expect([...sysctl.apply(two, have), ...(sysctl.undo(two, have) as readonly object[])]).not.toContainEqual(expect.objectContaining({ do: "run" }));
  });

  test("sets other values of such a parameter at once, but never to what is there: the kernel refuses", () => {
    const two = { key: "kernel.unprivileged_bpf_disabled", value: 2 };
    const have = { file: absent, folder, running: { value: "0" } };
    expect(sysctl.diff(two, have)).toContainEqual({ field: "running", have: "0", want: "2" });
    expect(sysctl.apply(two, have)).toContainEqual(expect.objectContaining({ do: "run", stdin: "2\n" }));
    expect(sysctl.undo(two, have)).toContainEqual(expect.objectContaining({ do: "run", stdin: "0\n" }));
    const none = { key: "kernel.modules_disabled", value: 0 };
    expect([...sysctl.apply(none, have), ...(sysctl.undo(none, have) as readonly object[])]).not.toContainEqual(expect.objectContaining({ do: "run" }));
  });

  test("finds a parameter whose name holds a dot", () => {
    const dotted = { key: "net.ipv4.conf.eth0/5.forwarding", value: 1 };
    expect(sysctl.reads(dotted).running.subject).toBe("net/ipv4/conf/eth0.5/forwarding");
  });
});
