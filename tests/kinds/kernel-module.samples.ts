import type { KernelModuleProps } from "#kinds/kernel-module.ts";
import type { Sample } from "../support/kind-laws.ts";

/** An emulated machine takes half a minute to make its initial RAM disk, and the laws make it four times. */
const soak = process.env["STEADING_SOAK"] === undefined ? [] : (["vm"] as const);

/** Modules that the laws are tried with; a lab container shares its kernel, so only a virtual machine loads one now. */
export const samples: readonly Sample<KernelModuleProps>[] = [
  {
    name: "a module for the next boot",
    want: { module: "vfio-pci", now: false },
    boots: true,
    on: ["tree", "machine"],
    tampers: [{ name: "the file is gone", run: [["rm", "/etc/modules-load.d/steading-vfio_pci.conf"]] }],
    starts: [
      {
        name: "has something else in the file",
        arrange: [["sh", "-c", "mkdir -p /etc/modules-load.d; echo x >/etc/modules-load.d/steading-vfio_pci.conf"]],
        tidy: [["rm", "/etc/modules-load.d/steading-vfio_pci.conf"]],
      },
    ],
  },
  { name: "a module that is blocked", boots: true, want: { module: "firewire-core", policy: "block" }, on: ["tree", "machine", ...soak] },
  { name: "a module that is loaded now", boots: true, want: { module: "dummy" }, on: ["vm"] },
];
