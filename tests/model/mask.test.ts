import { mask, secretTexts } from "#model/mask.ts";
import { secret } from "#model/value.ts";

const SECRET = `pa"ss\\w'örd-98765`;

test.each([
  { name: "as it is", text: SECRET },
  { name: "in JSON", text: JSON.stringify({ a: SECRET }) },
  { name: "in JSON without what is not ASCII", text: '{"a": "pa\\"ss\\\\w\'\\u00f6rd-98765"}' },
  { name: "in a shell's word", text: `'pa"ss\\w'\\''örd-98765'` },
  { name: "in a shell's word of Python", text: `'pa"ss\\w'"'"'örd-98765'` },
])("a secret is masked $name", ({ text }) => {
  const masked = mask(`it is ${text}.`, secretTexts(secret({ deep: [SECRET] })));
  expect(masked).toContain("[secret]");
  expect(masked).not.toContain("98765");
});

test("what is no secret, and what is too short to be one, is not", () => {
  expect(mask("plain ab", secretTexts({ open: "plain", closed: secret("ab") }))).toBe("plain ab");
});

test("lines of a secret are masked each", () => {
  expect(mask("second line of it", secretTexts(secret("first line\n  second line\n")))).toBe("[secret] of it");
});
