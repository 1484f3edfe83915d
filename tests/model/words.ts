import { randomBytes } from "node:crypto";
import fc from "fast-check";

/** The pieces that some shell has a meaning for. */
const PIECES = [
  ...Array.from("'\"\\$`\n\r\t *?[]{}()<>|&;!#~^=%@-+:,."),
  "$(id)", "`id`", "${HOME}", "$$", "$@", "\\\n", "\\'", "''", "--", "!!", "&&", "||", ">>", "<<EOF", "{a,b}", "%self", "~root", "=ls", "\u007f", "\u001b[31m", "é", "漢字", "😀", "\u00a0", "\u2028", "\ufeff", "\uf600",
] as const;

const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 8 }),
  fc.string({ unit: "binary" }),
).filter((text) => !text.includes("\0"));

/** Vectors of arguments, as nasty as they come. */
export const vectors: fc.Arbitrary<readonly string[]> = fc.array(word, { maxLength: 12 });

/** Vectors that a person would think of. */
export const handPicked: readonly (readonly string[])[] = [
  [], [""], ["", ""], [" "], ["a b"], ["  two  blanks  "], ["\t"], ["\n"], ["a\nb"], ["\n\n"], ["ends with a newline\n"], ["\r"], ["a\r\nb"], ["\u000b\f"],
  ["'"], ["''"], ["it's"], ["'quoted'"], ['"'], ['"quoted"'], ["'\"'\"'"], ["\\"], ["\\\\"], ["\\'"], ["\\n"], ["a\\"], ["\\\n"], ["'\\''"],
  ["$"], ["$HOME"], ["${HOME}"], ["$(id)"], ["$((1+1))"], ["`id`"], ["$'a'"], ["$\"a\""], ["$0", "$1", "$@", "$*", "$#", "$?", "$$"],
  ["*"], ["/*"], ["?"], ["[a-z]*"], ["{a,b}"], ["{1..3}"], ["~"], ["~root"], ["~/x"], ["a=~"], ["^x"], ["x^"], ["/etc/*.conf(N)"], ["**/*"],
  ["!"], ["!!"], ["!$"], ["#"], ["# comment"], ["a#b"], ["%"], ["%1"], ["%self"], ["%s%d\\n"], ["100%"], ["="], ["=ls"], ["=nothing"], ["a=b"], ["PATH=/nowhere"], ["@"], ["@a"], [":"], ["."], ["+x"],
  ["-"], ["--"], ["-n"], ["-e", "a"], ["--help"], ["-oProxyCommand=touch /tmp/x"], ["--", "--"], ["--x=y z"],
  [";"], ["; reboot"], ["&"], ["| sh"], ["> /tmp/x"], ["<"], ["<<EOF"], ["2>&1"], ["()"], ["f() { :; }"], ["if"], ["{", "}"], ["[[", "]]"],
  ["é"], ["e\u0301"], ["漢字"], ["😀"], ["\u202e"], ["\u00a0"], ["\u2028"], ["\ufeff"], ["\ufffd"], ["\uf600"], ["\ufdd0"], ["\u007f"], ["\u0001"], ["\u001b[31mred"], ["\udbff\udfff"],
  ["x".repeat(131_071)], ["'".repeat(20_000)], Array.from({ length: 2_000 }, (_, index) => `word ${index.toString()}`),
];

/** A word that no vector has by chance: printed behind each. */
export const END = randomBytes(16).toString("hex");

/** The vectors in what printf(1) printed of `first`, their words and END, with a NUL byte behind each. */
export const vectorsIn = (said: string): readonly (readonly string[])[] => said.split(`${END}\0`).slice(0, -1).map((vector) => vector.split("\0").slice(1, -1));
