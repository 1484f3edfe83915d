import type { PackageProps } from "#kinds/package.ts";
import type { Sample } from "../support/kind-laws.ts";

const remove = [["apt-get", "-y", "-q", "purge", "hello"]];
const install = [["apt-get", "-y", "-q", "install", "hello"]];

/** Wants that the laws are tried with; `hello` is GNU's smallest package. */
export const samples: readonly Sample<PackageProps>[] = [
  {
    name: "a package",
    want: { package: "hello" },
    on: ["machine"],
    starts: [{ name: "has it", arrange: install, tidy: remove }],
  },
  { name: "a package at its version", want: { package: "hello", hold: true }, on: ["machine"], starts: [{ name: "has it", arrange: install, tidy: remove }] },
  { name: "no package", want: { package: "hello", state: "absent" }, on: ["machine"], starts: [{ name: "has it", arrange: install, tidy: remove }] },
];
