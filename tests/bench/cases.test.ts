import { casesNamed, stacksNamed, toolsNamed, USUAL_CASES } from "../../bench/cases.ts";
import { thingsWith } from "../../bench/things.ts";

test("the cases of a usual run are there, with the same things in fresh and noop", () => {
  const cases = casesNamed(USUAL_CASES);
  expect(cases.map(({ name, state, files }) => [name, state, files])).toEqual([
    ["noop-103", "noop", 98],
    ["noop-1000", "noop", 1000],
    ["fresh-103", "fresh", 98],
    ["fresh-1000", "fresh", 1000],
  ]);
});

test("stacks are cases of their own, from the smallest", () => {
  expect(casesNamed(["stack-200", "noop-103"]).map(({ name }) => name)).toEqual(["noop-103"]);
  expect(stacksNamed(["stack-2000", "noop-103", "stack-200"]).map(({ resources }) => resources)).toEqual([200, 2000]);
});

test("an unknown case or tool is refused with the names that there are", () => {
  expect(() => casesNamed(["noop-7"])).toThrow(/no case noop-7: noop-103, /);
  expect(() => toolsNamed(["puppet"])).toThrow(/no tool puppet: steading, /);
});

test("98 files make 103 things; each file differs from each other, and is the same in each run", () => {
  const { directory, packages, service, files } = thingsWith(98);
  expect([directory].length + packages.length + [service].length + files.length).toBe(103);
  expect(new Set(files.map(({ path }) => path)).size).toBe(98);
  expect(new Set(files.map(({ content }) => content)).size).toBe(98);
  expect(thingsWith(98)).toEqual(thingsWith(98));
  // A template engine would read these.
  expect(files.filter(({ content }) => /\{[{%]/.test(content))).toEqual([]);
});
