import { dirname, join } from "node:path";
import ts from "typescript";
import { asModule, examplesOf, importable } from "./support/examples.ts";
import type { Example } from "./support/examples.ts";
import { repositoryFiles } from "./support/layout/files.ts";

const root = join(import.meta.dirname, "..");
const files = repositoryFiles();
const words = importable(files.map(({ path }) => path));

/** Examples stand in the pages and in the comments of sources; generated pages repeat the latter. */
const examples = files
  .filter(({ path }) => (path.endsWith(".md") || /^(src|kinds|facts|clouds|components|policies|profiles)\/.*\.ts$/.test(path)) && !path.startsWith("docs/reference/"))
  .flatMap(examplesOf);

/** Complaints of the compiler about examples, each with the example's own place; one program for all. */
function compile(all: readonly Example[]): readonly string[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root, { noUnusedLocals: false, noUnusedParameters: false, incremental: false });
  // Beside the sources, so that imports resolve; never written to disk.
  const modules = new Map(all.map((example, index) => [join(root, "docs", `example-${index}.ts`), { example, text: asModule(example, words) }]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (path) => modules.get(path)?.text ?? disk.readFile(path),
    fileExists: (path) => modules.has(path) || disk.fileExists(path),
    getSourceFile: (path, version, ...rest) => {
      const text = modules.get(path)?.text;
      return text === undefined ? disk.getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version, true);
    },
  };
  const program = ts.createProgram({ rootNames: [...modules.keys()], options, host });
  return [...modules].flatMap(([path, { example }]) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => {
      const line = file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      return `${example.path}:${example.line + line - 1}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`;
    });
  });
}

describe("examples", () => {
  test("all compile, in pages and in comments", () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(compile(examples)).toEqual([]);
  });

  test("that do not compile are told with their place", () => {
    const broken = examplesOf({ path: "docs/broken.md", text: 'Words.\n\n```ts\nconst fine = 1;\nfile("motd", { path: 7, content: "" });\n```\n' });
    expect(compile(broken)).toEqual([expect.stringMatching(/^docs\/broken\.md:5: Type 'number' is not assignable/)]);
  });

  test("are found in comments, without the stars", () => {
    const text = '/**\n * @example\n * ```ts\n * sysctl("x");\n * ```\n */\n';
    expect(examplesOf({ path: "kinds/sysctl.ts", text })).toEqual([{ path: "kinds/sysctl.ts", line: 4, code: 'sysctl("x");' }]);
  });

  test("stand in every kind", () => {
    const kinds = files.filter(({ path }) => dirname(path) === "kinds" && path.endsWith(".ts")).map(({ path }) => path);
    expect(kinds.filter((path) => !examples.some((example) => example.path === path))).toEqual([]);
  });
});
