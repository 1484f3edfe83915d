import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { quote, quoteAll } from "#model/quote.ts";

test.each([
  ["plain", "plain"],
  ["/etc/motd", "/etc/motd"],
  ["", "''"],
  ["two words", "'two words'"],
  ["it's", "'it'\\''s'"],
  ["$(id)", "'$(id)'"],
  ["~root", "'~root'"],
])("%j becomes %j", (word, quoted) => {
  expect(quote(word)).toBe(quoted);
});

test("a NUL byte is refused", () => {
  expect(() => quote("a\0b")).toThrow("cannot hold a NUL byte");
});

test.each<readonly [string, readonly string[]]>([["dash", []], ["bash", []], ["busybox", ["sh"]], ["zsh", []], ["fish", []]])("%s %j reads every word back byte by byte", (program, args) => {
  const word = fc.string({ unit: fc.oneof(fc.constantFrom("'", '"', "\\", "$", "`", "\n", "*", "!", "-", "~", "#", " "), fc.string({ minLength: 1, maxLength: 1, unit: "binary" })) });
  const words = fc.array(word.filter((value) => !value.includes("\0") && value.isWellFormed()), { maxLength: 20 });
  fc.assert(
    fc.property(words, (vector) => {
      // printf without operands still prints its format once, hence the first word.
      const script = `printf '%s\\0' ${quoteAll(["first", ...vector])}`;
      const seen = execFileSync(program, [...args, "-c", script]).toString();
      expect(seen.split("\0").slice(0, -1)).toEqual(["first", ...vector]);
    }),
    { numRuns: 40 },
  );
});
