import { execFileSync } from "node:child_process";
import { machine } from "#facts/machine.ts";
import type { MachineState } from "#facts/machine.ts";

const read = (output: string): MachineState | undefined => machine.parse(output, ["machine"]).get("machine");

/** What the script prints, tabs written as `|`. */
const said = (...lines: string[]): string => lines.map((line) => `${line.replaceAll("|", "\t")}\n`).join("");

describe("the fact machine", () => {
  test("knows nothing of an empty tree", () => {
    expect(read("booted\t\n")).toEqual({
      machineId: "",
      os: { id: "", name: "", version: "", codename: "" },
      architecture: "",
      memory: 0,
      cpus: 0,
      pci: [],
      disks: [],
      tun: false,
      kvm: false,
      cgroups: 0,
      virtualization: "",
      booted: false,
    });
  });

  test.each<readonly [string, string, Partial<MachineState>]>([
    ["quotes in os-release", said('os.NAME|"Debian GNU/Linux"', "os.ID|debian", "os.VERSION_ID|'13'"), { os: { id: "debian", name: "Debian GNU/Linux", version: "13", codename: "" } }],
    ["Debian's name of the architecture", said("architecture|aarch64"), { architecture: "arm64" }],
    ["kilobytes of memory", said("memory|1024"), { memory: 1048576 }],
    ["blocks of a disk", said("disk|nvme0n1|2048|0|Fast  "), { disks: [{ name: "nvme0n1", size: 1048576, model: "Fast", rotational: false }] }],
    ["version 2 of control groups", said("cgroups|2"), { cgroups: 2 }],
    ["a running system", said("booted|1"), { booted: true }],
    [
      "IOMMU groups, whole",
      said("pci|0000:01:00.0|0x030000|0x10de|0x2684|nvidia", "pci|0000:01:00.1|0x040300|0x10de|0x22ba|", "group|14|0000:01:00.0", "group|14|0000:01:00.1"),
      {
        pci: [
          { address: "0000:01:00.0", class: "0x030000", vendor: "0x10de", device: "0x2684", driver: "nvidia", iommuGroup: 14 },
          { address: "0000:01:00.1", class: "0x040300", vendor: "0x10de", device: "0x22ba", driver: "", iommuGroup: 14 },
        ],
      },
    ],
  ])("reads %s", (_, output, expected) => {
    expect(read(output)).toMatchObject(expected);
  });

  test("refuses a line that it does not know", () => {
    expect(() => read("surprise\t1\n")).toThrow('unexpected line "surprise');
  });

  test.each([
    ["sh", ["sh", "-c"]],
    ["busybox sh", ["/bin/busybox", "sh", "-c"]],
  ])("is asked of this machine with %s", (_, [program = "", ...words]) => {
    const output = execFileSync(program, [...words, machine.script, "machine", "machine"], { encoding: "utf8" });
    const state = read(output);
    expect(state?.memory).toBeGreaterThan(1e8);
    expect(state?.cpus).toBeGreaterThan(0);
    expect(state?.architecture).toMatch(/^(amd64|arm64)$/);
    expect(execFileSync(program, [...words, machine.script, "machine", "machine"], { encoding: "utf8" })).toBe(output);
  });
});
