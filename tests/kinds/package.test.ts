import type { PackageState } from "#facts/packages.ts";
import { packageKind } from "#kinds/package.ts";
import type { PackageProps } from "#kinds/package.ts";
import type { Step } from "#model/step.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./package.samples.ts";

kindLaws(packageKind, samples);

const apt = { hold: false, auto: false, manager: "apt", interrupted: false } as const;
const absent: PackageState = { status: "absent", ...apt };
const leftovers: PackageState = { status: "config-files", ...apt };
const broken: PackageState = { status: "broken", version: "1.0", ...apt };
const installed: PackageState = { status: "installed", version: "1.0", ...apt };
const known = { fresh: true, version: "1.1" };
const unknown = { fresh: true };

/** What the steps do: `install htop`, `update`. */
const verbs = (steps: readonly Step[]): readonly string[] =>
  steps.map((step) => {
    if (step.do !== "run") return step.do;
    const verb = step.argv.find((word) => /^(install|remove|purge|withdraw|back|auto|manual|update|hold|unhold|--configure)$/.test(word)) ?? "";
    return [verb.replace(/^--/, ""), ...(step.each ?? [])].join(" ");
  });

const want: PackageProps = { package: "htop" };

describe("package", () => {
  test.each([
    { name: "absent and known to the lists", want, have: absent, candidate: known, fields: ["state", "version"], steps: ["install htop"] },
    { name: "absent with old lists", want, have: absent, candidate: { ...known, fresh: false }, fields: ["state", "version"], steps: ["update", "install htop"] },
    { name: "absent and unknown to the lists", want, have: absent, candidate: unknown, fields: ["state", "version"], steps: ["update", "install htop"] },
    { name: "there", want, have: installed, candidate: unknown, fields: [], steps: [] },
    { name: "removed with its configuration left", want, have: leftovers, candidate: { fresh: false }, fields: ["state"], steps: ["install htop"] },
    { name: "half installed", want, have: broken, candidate: unknown, fields: ["state", "version"], steps: ["configure", "install htop"] },
    { name: "absent while dpkg was interrupted", want, have: { ...absent, interrupted: true }, candidate: known, fields: ["state", "version"], steps: ["configure", "install htop"] },
    { name: "at another version", want: { ...want, version: "1.1" }, have: installed, candidate: unknown, fields: ["version"], steps: ["install htop=1.1"] },
    { name: "there because others need it", want, have: { ...installed, auto: true }, candidate: unknown, fields: ["mark"], steps: ["manual htop"] },
    { name: "to be held", want: { ...want, hold: true }, have: installed, candidate: unknown, fields: ["hold"], steps: ["hold htop"] },
    { name: "not to be held", want: { ...want, hold: false }, have: { ...installed, hold: true }, candidate: unknown, fields: ["hold"], steps: ["unhold htop"] },
    { name: "to be absent, and there", want: { ...want, state: "absent" }, have: installed, candidate: unknown, fields: ["state"], steps: ["remove htop"] },
    { name: "to be absent, and absent", want: { ...want, state: "absent" }, have: leftovers, candidate: unknown, fields: [], steps: undefined },
  ] as const)("$name: differs in $fields", ({ want: wanted, have, candidate, fields, steps }) => {
    expect(packageKind.diff(wanted, { package: have, candidate }).map(({ field }) => field)).toEqual(fields);
    if (steps) expect(verbs(packageKind.apply(wanted, { package: have, candidate }))).toEqual(steps);
  });

  test.each([
    { name: "what was absent", want, before: absent, steps: ["purge htop"] },
    { name: "what was removed with its configuration left", want, before: leftovers, steps: ["withdraw htop"] },
    { name: "what was there", want, before: installed, steps: [] },
    { name: "another version", want: { ...want, version: "1.1" }, before: installed, steps: ["back htop=1.0"] },
    { name: "what others needed", want, before: { ...installed, auto: true }, steps: ["auto htop"] },
    { name: "what others needed, at another version", want: { ...want, version: "1.1" }, before: { ...installed, auto: true }, steps: ["back htop=1.0", "auto htop"] },
    { name: "a hold", want: { ...want, hold: false }, before: { ...installed, hold: true }, steps: ["hold htop"] },
    { name: "no hold", want: { ...want, hold: true }, before: installed, steps: ["unhold htop"] },
    { name: "what was to be absent", want: { ...want, state: "absent" }, before: installed, steps: ["back htop=1.0"] },
    { name: "what was absent already", want: { ...want, state: "absent" }, before: absent, steps: [] },
  ] as const)("undo brings back $name", ({ want: wanted, before, steps }) => {
    expect(verbs(packageKind.undo(wanted, { package: before, candidate: unknown }) as readonly Step[])).toEqual(steps);
  });

  test("says at preview that the lists do not know a package", () => {
    expect(packageKind.diff(want, { package: absent, candidate: unknown })).toContainEqual({ field: "version", cannotTell: expect.stringContaining("package lists") as string });
  });

  test("asks apt only where a package is wanted", () => {
    expect(packageKind.reads({ ...want, state: "absent" }).candidate.subject).toBe("");
  });

  test("installs many packages with equal commands, so that they become one", () => {
    const [one, two] = ["htop", "curl"].map((name) => packageKind.apply({ package: name }, { package: absent, candidate: known })[0]);
    expect({ ...one, each: [] }).toEqual({ ...two, each: [] });
  });
});
