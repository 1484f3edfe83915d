import { dirname, join } from "node:path";
import type { File, Rule } from "./files.ts";

const isSource = ({ path }: File): boolean => /\.(ts|js|sh)$/.test(path);

const lineCount = ({ text }: File): number => text.split("\n").length - 1;

/** A kind has at most 250 lines, any other source file 400. */
export const shortFiles: Rule = (files) =>
  files.filter(isSource).flatMap((file) => {
    const limit = /^kinds\/[^/]+\.ts$/.test(file.path) ? 250 : 400;
    return lineCount(file) > limit ? [`${file.path}: ${lineCount(file)} lines, at most ${limit}`] : [];
  });

/** The lengths of source files: the middle one, the 95th of a hundred, the longest. */
export function lengths(files: readonly File[]): { readonly files: number; readonly median: number; readonly p95: number; readonly longest: number } {
  const counts = files.filter((file) => isSource(file) && !file.path.startsWith("tests/")).map(lineCount).sort((a, b) => a - b);
  const at = (part: number): number => counts[Math.min(counts.length - 1, Math.floor(counts.length * part))] ?? 0;
  return { files: counts.length, median: at(0.5), p95: at(0.95), longest: at(1) };
}

/** Words that stand for work not done or a compiler silenced. Built from parts, so that this file passes its own rule. */
const unwanted: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`), "leaves work undone"],
  [new RegExp("@ts-" + "(ignore|expect-error|nocheck)"), "silences the compiler"],
  [new RegExp("eslint-" + "disable"), "silences the linter"],
  [/(?::|\bas|<)\s*any\b(?=\s*[;,)>\]|&=[]|$)/, "uses the type that turns checking off"],
];

/** No work left undone, no checks turned off. */
export const nothingSilenced: Rule = (files) =>
  files.filter(isSource).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => unwanted.filter(([pattern]) => pattern.test(line)).map(([, why]) => `${path}:${index + 1}: ${why}`)),
  );

/** Paths that exist on one machine only. */
const machinePaths = [new RegExp("(^|[\\s\"'`(=])/(wo" + "rk|tmp/br" + "ief)(/|\\b)"), /(^|[\s"'`(=])\/(home\/[a-z]+|root)\/(?!\.ssh)[a-z]+\/steading/];

/** Nothing depends on where it was written. */
export const noMachinePaths: Rule = (files) =>
  files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (machinePaths.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: a path of one machine`] : [])),
  );

/** What is exported has a comment. */
export const exportsDocumented: Rule = (files) =>
  files
    .filter(({ path }) => path.endsWith(".ts") && !/^(tests|stacks|bench|src\/cli\/templates)\//.test(path))
    .flatMap(({ path, text }) => {
      const lines = text.split("\n");
      return lines.flatMap((line, index) => {
        const name = /^export (?:abstract |async )*(?:const|function\*?|class|interface|type) (\w+)/.exec(line)?.[1];
        if (name === undefined || /\*\/$/.test(lines[index - 1] ?? "")) return [];
        // A further signature of the function above.
        if (new RegExp(`^export (async )?function ${name}\\b`).test(lines[index - 1] ?? "")) return [];
        return [`${path}:${index + 1}: ${name} has no comment`];
      });
    });

/** Links between pages lead somewhere. */
export const linksLead: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path));
  const folders = new Set(files.flatMap(({ path }) => path.split("/").slice(0, -1).map((_, index, parts) => parts.slice(0, index + 1).join("/"))));
  const known = (path: string): boolean => paths.has(path) || folders.has(path.replace(/\/$/, "")) || path === "LICENSE" || path.startsWith(".");
  return files
    .filter(({ path }) => path.endsWith(".md") && !path.startsWith("node_modules"))
    .flatMap(({ path, text }) =>
      [...text.replace(/```[\s\S]*?```/g, "").matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, link = ""]) => link)
        .filter((link) => !known(join(dirname(path), link)))
        .map((link) => `${path}: leads to ${link}, which is not there`),
    );
};

/** Files that pages name are there; pages on adding something name what is not there yet. */
export const namedFilesExist: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => path.endsWith(".md") && !path.startsWith("docs/add/") && !path.startsWith("docs/reference/"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|kinds|facts|components|clouds|profiles|stacks|tests|bench|docs)\/[\w./-]+\.[a-z]+)`/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !paths.has(name))
        .map((name) => `${path}: names ${name}, which is not there`),
    );
};
