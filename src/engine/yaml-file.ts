import { isMap, parseDocument } from "yaml";
import type { Document } from "yaml";
import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";

/**
 * Parses a YAML file whose root is a map, or which is empty. Throws `Issues` with line and column.
 *
 * @param at - what messages name as the file
 */
export function parseYaml(text: string, at: string): Document {
  const document = parseDocument(text, { prettyErrors: true });
  const issues = document.errors.map((error): Issue => {
    const [start] = error.linePos ?? [];
    const place = start === undefined ? at : `${at}:${String(start.line)}:${String(start.col)}`;
    return { code: "yaml.invalid", at: place, path: "", message: error.message.split("\n")[0] ?? error.code, fix: "mend the YAML" };
  });
  if (issues.length > 0) throw new Issues(issues);
  if (document.contents !== null && !isMap(document.contents))
    throw new Issues([{ code: "yaml.invalid", at, path: "", message: "is not a map of keys to values", fix: "write `key: value` lines" }]);
  return document;
}
