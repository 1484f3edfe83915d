import { outputText } from "#cli/output.ts";
import { ARCHIVE, ASSET, SIGNATURE } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";

const hash = "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4";
const asset = (of: JsonObject): JsonObject => ({ [SIGNATURE]: ASSET, hash, ...of });
const archive = (of: JsonObject): JsonObject => ({ [SIGNATURE]: ARCHIVE, hash, ...of });

test.each([
  ["a text as it is", "it's", "it's"],
  ["a value as JSON", { a: [1, null] }, '{"a":[1,null]}'],
  ["a file", asset({ path: "/etc/motd" }), "asset /etc/motd sha256:98ea6e4"],
  ["a text asset, without its text", asset({ text: "long" }), "asset of text sha256:98ea6e4"],
  ["a folder in a value", { site: archive({ path: "www" }) }, '{"site":"archive www sha256:98ea6e4"}'],
  ["assets by name", [archive({ assets: { a: asset({ text: "a" }) } })], '["archive of assets sha256:98ea6e4"]'],
])("an output is told as %s", (_, value, text) => {
  expect(outputText(value)).toBe(text);
});
