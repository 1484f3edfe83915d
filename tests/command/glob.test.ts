import { globPattern } from "#command/glob.ts";

test.each<readonly [string, readonly string[], readonly string[]]>([
  ["assets/**", ["assets/a", "assets/logos/logo.svg"], ["assets", "src/assets/a"]],
  ["src/**.js", ["src/index.js", "src/a/b.js"], ["src/index.ts", "index.js"]],
  ["**secret.*", ["secret.js", "a/b/secret.txt", "a/nosecret.x"], ["secret", "secrets.js"]],
  ["*.txt", ["foo.txt", ".txt"], ["a/foo.txt", "foo.txt.gz"]],
  ["file?.md", ["file1.md"], ["file/.md", "file.md", "file12.md"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "x"]],
  ["[!a-c]x", ["dx"], ["ax", "cx"]],
  ["{one,two}.txt", ["one.txt", "two.txt"], ["three.txt", "one,two.txt"]],
  ["a,b", ["a,b"], ["a", "b"]],
  ["a\\*b", ["a*b"], ["axb"]],
  ["a.b", ["a.b"], ["axb"]],
])("%s", (pattern, named, others) => {
  expect(named.filter((path) => !globPattern(pattern).test(path))).toEqual([]);
  expect(others.filter((path) => globPattern(pattern).test(path))).toEqual([]);
});
