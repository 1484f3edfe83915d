import { globSync } from "node:fs";
import { basename } from "node:path";
import fc from "fast-check";
import { kindNamed } from "#host/kinds.ts";
import { connectionProps } from "#model/connection.ts";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { checkProps } from "#model/check-props.ts";

/**
 * Every text of a program that may begin with `-`, and where it goes: never to where a program looks for options. All others are refused
 * by their schema, so no want is taken for an option of useradd, apt-get, systemctl, mount and the like.
 */
const HARMLESS: Readonly<Record<string, string>> = {
  "apt-source architectures[]": "a line of a file",
  "authorized-key options[]": "a line of a file, read from the environment",
  "command apply[]": "the program's own arguments; `check` refuses such a program",
  "command expect": "compared",
  "command needs[]": "compared",
  "command probe[]": "the program's own arguments; `check` refuses such a program",
  "command stdin": "stdin",
  "command undo.impossible": "shown",
  "command undo[]": "the program's own arguments; `check` refuses such a program",
  "file content": "a file",
  "mount options[]": "a line of a file; the value of mount's -o",
  "nftables-table chains.{}.device": "a line of nft's stdin",
  "nftables-table chains.{}.priority": "a line of nft's stdin",
  "nftables-table chains.{}.rules[]": "a line of nft's stdin",
  "sshd-setting value": "a line of a file",
  "sysctl value": "a line of a file, and tee's stdin",
  "systemd-service reloadOn[]": "compared",
  "systemd-service restartOn[]": "compared",
  "systemd-unit content": "a file",
  "user comment": "the value of useradd's -c",
  "user passwordHash": "chpasswd's stdin",
};

/** Texts behind a `-` that some schema might let through. */
const WORDS = ["", "x", "-x", "1", "x=y", "oProxyCommand=x", "/x", "x:y", "x y", "x.service", "x@y.z", "1/2", "x\n", "[Unit]\n"];

const textsOf = (value: Json): readonly string[] =>
  typeof value === "string" ? [value] : Array.isArray(value) ? value.flatMap(textsOf) : isObject(value) ? Object.values(value).flatMap(textsOf) : [];

const entriesOf = (value: Json | undefined): readonly (readonly [string, Json])[] => (value !== undefined && isObject(value) ? Object.entries(value) : []);

/** The places of a JSON schema that admit `-` and one of the words. */
function dashedPlaces(schema: Json | undefined, words: readonly string[], at = ""): readonly string[] {
  if (schema === undefined || !isObject(schema)) return [];
  const { type, pattern, properties, patternProperties, items } = schema;
  const either: Json = schema["anyOf"] ?? [];
  const admits = (source: string): boolean => words.some((word) => new RegExp(source, "u").test(`-${word}`));
  const below = (name: string): string => (at === "" ? name : `${at}.${name}`);
  if (type === "string") return schema["enum"] === undefined && schema["const"] === undefined && admits(typeof pattern === "string" ? pattern : "") ? [at] : [];
  return [
    ...entriesOf(properties).flatMap(([name, inner]) => dashedPlaces(inner, words, below(name))),
    ...entriesOf(patternProperties).flatMap(([keys, inner]) => [...(admits(keys) ? [below("{key}")] : []), ...dashedPlaces(inner, words, below("{}"))]),
    ...dashedPlaces(items, words, `${at}[]`),
    ...(Array.isArray(either) ? either.flatMap((inner: Json) => dashedPlaces(inner, words, at)) : []),
  ];
}

const names = globSync("kinds/*.ts").map((path) => basename(path, ".ts")).sort();

test.each(names)("what begins with - in a want of %s is refused, or is no option wherever it goes", async (name) => {
  const kind = await kindNamed(name);
  const { samples } = (await import(`../kinds/${name}.samples.ts`)) as { samples: readonly { readonly want: Json }[] };
  const texts = samples.flatMap(({ want }) => textsOf(want));
  const found = dashedPlaces(kind?.props.json, [...WORDS, ...texts]).map((place) => `${name} ${place}`);
  expect([...new Set(found)].sort()).toEqual(Object.keys(HARMLESS).filter((key) => key.startsWith(`${name} `)).sort());
});

test.each([
  ["--version", "probe"],
  ["A=b", "apply"],
  ["", "undo"],
])("a command whose program is %j is refused", async (program, where) => {
  const kind = await kindNamed("command");
  const want = { probe: ["true"], apply: ["true"], undo: ["true"] };
  expect(kind?.check?.(want)).toEqual([]);
  expect(kind?.check?.({ ...want, [where]: [program, "x"] })).toMatchObject([{ path: where, fix: expect.stringContaining("first the program") as unknown }]);
});

test.each([
  ["ssh", { via: "ssh", address: "desk" }, "address"],
  ["ssh", { via: "ssh", address: "desk" }, "user"],
  ["ssh", { via: "ssh", address: "desk" }, "identityFile"],
  ["ssh", { via: "ssh", address: "desk" }, "hostKey"],
  ["tree", { via: "tree", root: "/srv" }, "root"],
] as const)("in a connection %s %j, a %s that begins with - is refused", (way, good, key) => {
  const { [way]: props } = connectionProps;
  expect(checkProps(props, good, "connection")).toEqual([]);
  const words = fc.oneof(fc.constantFrom("", "oProxyCommand=id", "l root", "-", "F/tmp/x", "1"), fc.string());
  fc.assert(fc.property(words, (word) => {
    expect(checkProps(props, { ...good, [key]: `-${word}` }, "connection")).toMatchObject([{ keys: [key] }]);
  }));
});
