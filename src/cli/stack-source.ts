import { exportName } from "#gen/names.ts";
import type { Unmanaged } from "#host/survey.ts";
import type { Connection } from "#model/connection.ts";
import type { Item } from "#model/kind.ts";
import { isList, isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { connectionText } from "#provider/connection-input.ts";

/** What a program is written from. */
export interface StackSource {
  readonly stack: string;
  readonly connection: Connection;
  readonly items: readonly Item[];
  readonly unmanaged: readonly Unmanaged[];
}

/** What fits on one line stays there. */
const WIDTH = 140;

/** The program of a stack that declares one host as it is: typed, formatted, and run as it stands. */
export function stackSource({ stack, connection, items, unmanaged }: StackSource): string {
  const kinds = [...new Set(items.map(({ kind }) => kind))].sort();
  const of = (kind: string): readonly string[] => items.filter((item) => item.kind === kind).map((item) => `  ${itemSource(item)},`);
  return [
    ...(hasPassword(connection) ? ['import { Config } from "@pulumi/pulumi";'] : []),
    'import { Host } from "steading/components/host.ts";',
    ...kinds.map((kind) => `import { ${exportName(kind)} } from "steading/kinds/${kind}.ts";`),
    "",
    ...comment([`What ${connectionText(connection)} had when \`steading import\` asked it.`]),
    ...(unmanaged.length === 0 ? [] : comment(["", "Left unmanaged:", ...unmanaged.map(({ kind, name, why }) => `  ${kind} ${name}: ${why}`)])),
    "",
    ...hostLines(stack, connection),
    "",
    `host.layer(${JSON.stringify(stack)}, [`,
    kinds.map((kind) => of(kind).join("\n")).join("\n\n"),
    "]);",
    "",
    "export const os = host.os.apply((system) => system.name);",
    "",
  ].join("\n");
}

const hasPassword = (to: Connection): boolean => to.via !== "tree" && to.sudoPassword !== undefined;

/** The host, and how it is reached; a password is the stack's secret. */
function hostLines(stack: string, connection: Connection): readonly string[] {
  const { via, ...way } = connection;
  const name = JSON.stringify(stack);
  if (!hasPassword(connection)) return [`const host = new Host(${name}, ${literal({ connection: { via, ...way } }, "")});`];
  const open = Object.fromEntries(Object.entries({ via, ...way }).filter(([key]) => key !== "sudoPassword"));
  return [
    `const way = ${literal(open, "")} as const;`,
    `const host = new Host(${name}, { connection: { ...way, sudoPassword: new Config().requireSecret("sudoPassword") } });`,
  ];
}

/** Whatever a host calls its things, it stays in its line and reads as it is written. */
const comment = (lines: readonly string[]): readonly string[] => lines.map((line) => `// ${line.replaceAll(/[\p{C}\u2028\u2029]/gu, "·")}`.trimEnd());

const itemSource = ({ kind, name, want }: Item): string => `${exportName(kind)}(${literal(name, "")}, ${literal(want as Json, "  ")})`;

/** A value as a person would write it; `indent` is that of the line it begins in. */
export function literal(value: Json, indent: string): string {
  if (typeof value === "string") return stringLiteral(value);
  if (!isList(value) && !isObject(value)) return JSON.stringify(value);
  const parts = isList(value) ? value.map((inner) => literal(inner, `${indent}  `)) : Object.entries(value).map(([key, inner]) => `${keyLiteral(key)}: ${literal(inner, `${indent}  `)}`);
  const [open, close, gap] = isList(value) ? ["[", "]", ""] : ["{", "}", " "];
  if (parts.length === 0) return `${open}${close}`;
  const line = `${open}${gap}${parts.join(", ")}${gap}${close}`;
  if (!line.includes("\n") && indent.length + line.length <= WIDTH) return line;
  return [open, ...parts.map((part) => `${indent}  ${part},`), `${indent}${close}`].join("\n");
}

const keyLiteral = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

/** One line in quotes, several in a template; characters that cannot be seen are escaped. */
function stringLiteral(text: string): string {
  if (!/\n./s.test(text)) return escapedControls(JSON.stringify(text));
  return `\`${escapedControls(text.replaceAll(/[\\`]|\$(?=\{)/g, "\\$&"))}\``;
}

const escapedControls = (text: string): string => text.replaceAll(/[^\P{C}\n\t]|[\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
