import { kernelModule } from "#kinds/kernel-module.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { absent, folder, textFile } from "../support/file-state.ts";
import { samples } from "./kernel-module.samples.ts";

kindLaws(kernelModule, samples);

const want = { module: "vfio-pci" };
const blocked = { module: "firewire-core", policy: "block" } as const;
const right = { file: textFile("vfio-pci\n"), folder: folder(), loaded: true, initramfs: absent };
const blockedRight = { ...right, file: textFile("blacklist firewire-core\ninstall firewire-core /bin/false\n"), loaded: false };

describe("kernel-module", () => {
  test.each([
    { name: "all is right", have: right, fields: [] },
    { name: "it is not loaded", have: { ...right, loaded: false }, fields: ["loaded"] },
    { name: "the tree is not booted", have: { ...right, loaded: undefined }, fields: [] },
    { name: "the next boot will not load it", have: { ...right, file: absent }, fields: ["file"] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(kernelModule.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  test("a blocked module that is loaded waits for a reboot", () => {
    expect(kernelModule.diff(blocked, { ...blockedRight, loaded: true })).toEqual([
      { field: "loaded", waitsFor: "reboot", why: "firewire-core stays loaded until then" },
    ]);
    expect(kernelModule.diff(blocked, blockedRight)).toEqual([]);
  });

  test("unloads on undo only what it loaded", () => {
    const runs = (loaded: boolean) => kernelModule.undo(want, { ...right, loaded });
    expect(runs(false)).toContainEqual({ do: "run", argv: ["sh", "-c", expect.stringContaining("modprobe -r"), "modprobe", "vfio-pci"], running: true });
    expect(runs(true)).not.toContainEqual(expect.objectContaining({ do: "run" }));
  });

  test("makes the initial RAM disk anew where there is one, for a blocked module", () => {
    const there = textFile("#!/bin/sh\n", "0755");
    expect(kernelModule.react?.(blocked, { ...blockedRight, initramfs: there })).toEqual([{ do: "run", argv: ["update-initramfs", "-u"] }]);
    expect(kernelModule.react?.(blocked, blockedRight)).toEqual([]);
    expect(kernelModule.react?.(want, { ...right, initramfs: there })).toEqual([]);
  });

  test("`-` and `_` are the same module", () => {
    expect(kernelModule.owns({ module: "vfio-pci" })).toEqual(kernelModule.owns({ module: "vfio_pci" }));
  });
});
