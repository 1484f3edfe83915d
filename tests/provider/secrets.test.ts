import { optional, propsOf, secretly, text } from "#model/schema.ts";
import { secret, UNKNOWN } from "#model/value.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { wrapDeclared } from "#provider/secrets.ts";

interface Props {
  open: string;
  hidden?: string;
}
const props = propsOf<Props>()({ open: text(), hidden: optional(secretly(text())) });

test("what the props declare secret is wrapped, once", () => {
  const wrapped = { open: "a", hidden: secret("b") };
  expect(wrapDeclared(props, { open: "a", hidden: "b" })).toEqual(wrapped);
  expect(wrapDeclared(props, wrapped)).toEqual(wrapped);
});

test.each([
  ["a text", secret("hunter22"), "pw hunter22!", "pw [secret]!"],
  ["a text in a list in a secret", { a: [secret({ b: ["hunter22"] })] }, "hunter22", "[secret]"],
  ["a number", secret(123456), "pin 123456", "pin [secret]"],
  ["one line of many", secret("-----BEGIN\nabcdefgh\n-----END"), "bad line abcdefgh", "bad line [secret]"],
  ["the longer of two", [secret("hunter"), secret("hunter22")], "hunter22", "[secret]"],
  ["nothing that is not known yet", secret(UNKNOWN), UNKNOWN, UNKNOWN],
  ["no plain value", { a: "plain" }, "plain", "plain"],
])("masked is %s", (_, value, said, expected) => {
  expect(mask(said, secretTexts(value))).toBe(expected);
});
