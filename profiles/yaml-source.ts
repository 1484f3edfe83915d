import { isCollection, isPair, LineCounter, parseDocument, visit } from "yaml";
import type { Document, ErrorCode } from "yaml";
import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import type { Json } from "#model/value.ts";

/** A YAML text as data, and where its parts are. */
export interface YamlSource {
  readonly value: Json;
  /** Offset of the deepest part of a path that exists. */
  readonly offset: (keys: readonly string[]) => number;
  /** `file:line:column` of an offset. */
  readonly place: (offset: number) => string;
}

/** The text of a YAML file, whose encoding is UTF-8. Throws Issues with the first line that is not. */
export function yamlText(bytes: Uint8Array, at: string): string {
  try {
    return decode(bytes);
  } catch {
    throw new Issues([{ code: "yaml.invalid", at: `${at}:${String(firstBroken(bytes))}:1`, path: "", message: "this line is no UTF-8", fix: "save the file as UTF-8" }]);
  }
}

const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** Number of the first line that is no UTF-8; no byte of a longer character is a line's end. */
function firstBroken(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start <= bytes.length; line += 1) {
    const end = bytes.indexOf(10, start);
    try {
      decode(bytes.subarray(start, end === -1 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end === -1) break;
    start = end + 1;
  }
  return line;
}

/** Reads a YAML text (1.2, with merge keys); `at` is its file in messages. Throws Issues with line and column, all at once. */
export function readYaml(source: string, at: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, merge: true, schema: "core", resolveKnownTags: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${at}:${String(line)}:${String(col)}`;
  };
  const issue = ({ offset, message, fix = "" }: Mistake): Issue => ({ code: "yaml.invalid", at: place(offset), path: "", message, fix });
  const mistakes = [...[...document.errors, ...document.warnings].map(({ code, message, pos }) => said(code, message, pos[0])), ...unfit(document)];
  if (mistakes.length > 0) throw new Issues(inOrder(mistakes).map(issue));
  try {
    return { value: (document.toJS() ?? {}) as Json, offset: (keys) => offsetOf(document, keys), place };
  } catch (error) {
    // A few lines can stand for more than a machine's memory holds: the parser stops there.
    throw new Issues([issue({ offset: firstAlias(document), message: error instanceof ReferenceError ? "aliases stand for too much here" : error instanceof Error ? error.message : String(error), fix: "write it out" })]);
  }
}

interface Mistake {
  readonly offset: number;
  readonly message: string;
  readonly fix?: string;
}

/** Mistakes, or what is said of them, as they stand in the file. */
export const inOrder = <T extends { readonly offset: number }>(mistakes: readonly T[]): readonly T[] => [...mistakes].sort((a, b) => a.offset - b.offset);

/** What the parser says, in words for people who write no program; without the text that stands there, which may be a secret. */
function said(code: ErrorCode, message: string, offset: number): Mistake {
  if (code === "MULTIPLE_DOCS") return { offset, message: "there is more than one document in this file", fix: "one file for each; remove the line ---" };
  if (code === "TAG_RESOLVE_FAILED") return { offset, message: "a tag (!) means nothing here", fix: "write the value itself; text that begins with ! belongs in quotes" };
  if (code === "BLOCK_AS_IMPLICIT_KEY") return { offset, message, fix: 'a value with ": " in it, or with : at its end, belongs in quotes' };
  return { offset, message: message.replace(/(?<=\S): .*$/s, "") };
}

/** What is YAML, and yet no data of ours: keys that are no words, and aliases of nothing or of what they are in. */
function unfit(document: Document): readonly Mistake[] {
  const found: Mistake[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Pair(_, { key }) {
      if (isCollection(key)) found.push({ offset: key.range?.[0] ?? 0, message: "a list or an object is no key", fix: "text with { or [ at its beginning belongs in quotes" });
    },
    Alias(_, node, path) {
      const isWithin = path.some((parent) => isCollection(parent) && parent.anchor === node.source);
      if (isWithin || !anchors.has(node.source)) found.push({ offset: node.range?.[0] ?? 0, message: isWithin ? "this alias (*) is within what it stands for" : "this alias (*) stands for nothing before it", fix: "text that begins with * belongs in quotes" });
    },
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return found;
}

function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_, node) {
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Where the deepest part of a path that exists begins. */
function offsetOf(document: Document, path: readonly string[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1).map(indexOrKey), true);
    const key = path[length - 1];
    const pair = isCollection(parent) ? parent.items.find((item) => isPair(item) && hasRange(item.key) && String(item.key.value) === key) : undefined;
    if (isPair(pair) && hasRange(pair.key)) return pair.key.range[0];
    const node: unknown = document.getIn(path.slice(0, length).map(indexOrKey), true);
    if (hasRange(node)) return node.range[0];
  }
  return 0;
}

const indexOrKey = (part: string): string | number => (/^\d+$/.test(part) ? Number(part) : part);
const hasRange = (node: unknown): node is { readonly range: readonly [number]; readonly value?: unknown } => typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
