import { PassThrough } from "node:stream";
import { agreed } from "#cli/ask.ts";

test.each([
  ["y\r", true],
  ["Yes\r", true],
  ["\r", false],
  ["n\r", false],
  ["\u0003", false],
  ["\u0004", false],
])("%j at the question is %s", async (typed, answer) => {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const asked = agreed("Go on?", { input, output });
  input.write(typed);
  expect(await asked).toBe(answer);
});

test("a terminal that goes away says no", async () => {
  const input = new PassThrough();
  const asked = agreed("Go on?", { input, output: new PassThrough() });
  input.end();
  expect(await asked).toBe(false);
});
