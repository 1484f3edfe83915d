import { chosenPart, refusePart } from "#cli/run-targets.ts";
import type { TargetFlags } from "#cli/run-targets.ts";

const flags = (some: Partial<TargetFlags>): TargetFlags => ({ target: [], exclude: [], ...some });

test.each<{ name: string; asked: Partial<TargetFlags>; part: object }>([
  { name: "nothing: all of it", asked: {}, part: {} },
  { name: "targets", asked: { target: ["a", "b"] }, part: { targets: { asked: ["a", "b"], mode: "target", withDependents: false } } },
  { name: "targets and what depends on them", asked: { target: ["a"], targetDependents: true }, part: { targets: { asked: ["a"], mode: "target", withDependents: true } } },
  { name: "all but some", asked: { exclude: ["a"], excludeDependents: true }, part: { targets: { asked: ["a"], mode: "exclude", withDependents: true } } },
  { name: "a refresh before", asked: { refresh: true }, part: { refresh: true } },
])("what the options choose: $name", ({ asked, part }) => {
  expect(chosenPart(flags(asked))).toEqual(part);
});

test.each<{ asked: Partial<TargetFlags>; says: RegExp }>([
  { asked: { target: ["a"], exclude: ["b"] }, says: /--exclude.*does not go together with --target/ },
  { asked: { targetDependents: true }, says: /--target-dependents.*only for a run with targets/ },
  { asked: { target: ["a"], excludeDependents: true }, says: /--exclude-dependents.*only for a run that excludes/ },
])("options that do not go together are refused: $asked", ({ asked, says }) => {
  expect(() => chosenPart(flags(asked))).toThrow(says);
});

test.each<{ asked: Partial<TargetFlags>; says: RegExp }>([
  { asked: { target: ["a"] }, says: /--save-plan.*of the whole stack, not of a part \(--target\)/ },
  { asked: { exclude: ["a"] }, says: /--save-plan.*\(--exclude\)/ },
  { asked: { refresh: true }, says: /--save-plan.*\(--refresh\)/ },
])("a plan that is kept is of the whole stack: $asked", ({ asked, says }) => {
  expect(() => refusePart("--save-plan", flags(asked))).toThrow(says);
  expect(() => refusePart("--save-plan", flags({}))).not.toThrow();
});
