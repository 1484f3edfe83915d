import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { stepScript } from "#host/script.ts";
import { quote, quoteAll } from "#model/quote.ts";
import { run } from "#model/step.ts";
import { held, rounds, tried } from "../support/soak.ts";
import { END, handPicked, vectors, vectorsIn } from "./words.ts";

test.each([
  ["plain", "plain"],
  ["/etc/motd", "/etc/motd"],
  ["--key=value", "--key=value"],
  ["", "''"],
  ["two words", "'two words'"],
  ["it's", "'it'\\''s'"],
  ["$(id)", "'$(id)'"],
  ["~root", "'~root'"],
  ["=ls", "'=ls'"],
  ["%self", "'%self'"],
  ["A=b", "'A=b'"],
])("%j becomes %j", (word, quoted) => {
  expect(quote(word)).toBe(quoted);
});

test.each([
  ["a NUL byte", "a\0b", "cannot hold a NUL byte"],
  ["half a surrogate pair", "a\ud800b", "half a surrogate pair"],
])("%s is refused", (_, word, message) => {
  expect(() => quote(word)).toThrow(message);
});

const directory = mkdtempSync(join(tmpdir(), "steading-words-"));
afterAll(() => { rmSync(directory, { recursive: true }); });

/** Vectors in one process: more of them than a test could start shells. */
const TOGETHER = 250;
const total = rounds(2_000, 10_000);
const shells: readonly (readonly [string, readonly string[]])[] = [["dash", []], ["bash", []], ["busybox", ["sh"]], ["zsh", []], ["fish", []]];

/** What printf(1) of that shell got, vector by vector. */
function received([program, args]: (typeof shells)[number], lines: readonly string[]): readonly (readonly string[])[] {
  const file = join(directory, program);
  writeFileSync(file, lines.map((line) => `${line}\nprintf '%s\\0' ${END}\n`).join(""));
  return vectorsIn(execFileSync(program, [...args, file], { maxBuffer: 2 ** 28 }).toString());
}

describe.each(shells.map((shell) => [shell[0], shell] as const))("%s reads back byte by byte", (name, shell) => {
  const promise = `argument vectors that arrive byte by byte through ${name}`;
  test(`${total.toString()} vectors of random words`, () => {
    fc.assert(
      fc.property(fc.array(vectors, { minLength: TOGETHER, maxLength: TOGETHER }), (many) => {
        tried(promise, many.length);
        expect(received(shell, many.map((vector) => `printf '%s\\0' ${quoteAll(["first", ...vector])}`))).toEqual(many);
        held(promise, many.length);
      }),
      { numRuns: total / TOGETHER },
    );
  }, 120_000);

  test(`${handPicked.length.toString()} vectors that a person would think of, as a program gets them`, () => {
    tried(promise, handPicked.length);
    // env(1) starts the program, as it does for each step.
    expect(received(shell, handPicked.map((vector) => stepScript(run(["printf", "%s\\0", "first", ...vector]), () => "")))).toEqual(handPicked);
    held(promise, handPicked.length);
  }, 60_000);
});
