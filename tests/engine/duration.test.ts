import { durationSeconds } from "#engine/duration.ts";

test.each([
  ["90s", 90],
  ["5m", 300],
  ["1h30m", 5400],
  ["1.5h", 5400],
  ["250ms", 0.25],
  ["0", 0],
])("%s is %p seconds", (text, seconds) => {
  expect(durationSeconds(text, "here", "create")).toBeCloseTo(seconds);
});

test.each(["", "5", "5 m", "m", "1d", "1h30"])("%p is refused with its place", (text) => {
  expect(() => durationSeconds(text, "here", "create")).toThrow("here create");
});
