import type { KernelArgumentProps } from "#kinds/kernel-argument.ts";
import type { Sample } from "../support/kind-laws.ts";

/** Arguments that the laws are tried with; a lab container has no boot loader. */
export const samples: readonly Sample<KernelArgumentProps>[] = [
  { name: "an argument with a value", want: { argument: "intel_iommu=on" }, boots: true, on: ["machine", "vm"] },
  { name: "an argument with odd characters", want: { argument: "mitigations=auto,nosmt" }, on: ["machine"] },
];
