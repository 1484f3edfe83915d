import fc from "fast-check";
import { median, repeat } from "../../bench/statistics.ts";

describe("the median", () => {
  test.each([
    [[], undefined],
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ] as const)("of %j is %p", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test("has as many values below as above, and leaves its input alone", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const copy = [...values];
        const middle = median(values) ?? Number.NaN;
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values).toEqual(copy);
      }),
    );
  });
});

describe("something is measured", () => {
  test.each([
    ["as often as asked", { times: 3, budget: 100 }, 1, [1, 1, 1]],
    ["once at least", { times: 5, budget: 0 }, 7, [7]],
    ["no more once its budget is used", { times: 5, budget: 10 }, 6, [6, 6]],
  ] as const)("%s", async (_, times, seconds, expected) => {
    expect(await repeat(times, () => Promise.resolve(seconds))).toEqual(expected);
  });
});
