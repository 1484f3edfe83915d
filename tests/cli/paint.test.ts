import { coloured, paintFor } from "#cli/paint.ts";

test.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
  ["a terminal", true, {}, true],
  ["a pipe", false, {}, false],
  ["a terminal with NO_COLOR", true, { NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR, which says nothing", true, { NO_COLOR: "" }, true],
  ["a dumb terminal", true, { TERM: "dumb" }, false],
  ["a pipe with FORCE_COLOR", false, { FORCE_COLOR: "1" }, false],
])("%s", (_, isTTY, env, expected) => {
  expect(coloured({ isTTY }, env)).toBe(expected);
  const text = Object.values(paintFor({ isTTY }, env)).map((paint: (text: string) => string) => paint("x")).join("");
  expect(text.includes("\u001b[")).toBe(expected);
});
