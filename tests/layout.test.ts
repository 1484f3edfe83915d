import { repositoryFiles } from "./support/layout/files.ts";
import type { File, Rule } from "./support/layout/files.ts";
import { noNeighbours, oneWay, pure, srcNamesNone } from "./support/layout/imports.ts";
import { kebabCase, nameDrivesExport, pagesPresent, profilesTested, sourcesTested, tellingNames, testsHaveSource } from "./support/layout/names.ts";
import { exportsDocumented, lengths, linksLead, namedFilesExist, noMachinePaths, nothingSilenced, shortFiles } from "./support/layout/text.ts";

const files = repositoryFiles();
const file = (path: string, text = ""): File => ({ path, text });
const goodKind = 'export interface SysctlProps {}\nexport const sysctl = defineKind({\n  kind: "sysctl",\n';

/** Each rule of the layout, what it says, and files that break it. */
const rules: readonly (readonly [string, Rule, readonly File[]])[] = [
  ["one name drives file, export and props type", nameDrivesExport, [file("kinds/kernel-module.ts", goodKind)]],
  ["files are named in kebab-case", kebabCase, [file("src/host/hostSession.ts")]],
  ["files are named for what they know", tellingNames, [file("src/host/path-utils.ts")]],
  ["kinds, facts, clouds and components have a test of their name", sourcesTested, [file("kinds/sysctl.ts", goodKind)]],
  ["a test of a kind has its kind", testsHaveSource, [file("tests/kinds/gone.test.ts")]],
  ["kinds, facts, clouds, components and profiles have a reference page", pagesPresent, [file("profiles/desktop.yaml")]],
  ["profiles are tested", profilesTested, [file("profiles/desktop.yaml"), file("tests/profiles.test.ts", "server")]],
  ["imports point one way", oneWay, [file("src/model/kind.ts", 'import { plan } from "#host/plan.ts";')]],
  ["the engine knows no host", oneWay, [file("src/engine/run.ts", 'import type { Plan } from "../host/plan.ts";')]],
  ["a kind uses no other kind", oneWay, [file("kinds/sysctl.ts", 'import { file } from "./file.ts";')]],
  ["a cloud uses no other cloud", noNeighbours, [file("clouds/lab-vm.ts", 'import { start } from "./lab-container/guest.ts";')]],
  ["model, kinds and facts do no input or output", pure, [file("kinds/sysctl.ts", 'import { readFileSync } from "node:fs";')]],
  ["src names no kind, cloud, policy or component", srcNamesNone, [file("kinds/kernel-module.ts"), file("src/host/plan.ts", 'if (item.kind === "kernel-module") return;')]],
  ["files are short", shortFiles, [file("kinds/sysctl.ts", "\n".repeat(251))]],
  ["no work is left undone", nothingSilenced, [file("src/host/plan.ts", `// ${"TO" + "DO"}: later`)]],
  ["no check is turned off", nothingSilenced, [file("src/host/plan.ts", `const x: ${"an" + "y"} = 1;`)]],
  ["no path of one machine", noMachinePaths, [file("docs/start.md", `cd ${"/wo" + "rk"}/main`)]],
  ["exports are documented", exportsDocumented, [file("src/host/plan.ts", "export const plan = 1;")]],
  ["files that pages name are there", namedFilesExist, [file("docs/start.md", "see `src/host/gone.ts`")]],
  ["links lead somewhere", linksLead, [file("docs/start.md", "[here](guide/none.md)")]],
];

describe("the layout", () => {
  test.each(rules)("%s", (_, rule) => {
    expect(rule(files)).toEqual([]);
  });

  test("is read from a repository that has files", () => {
    expect(files.some(({ path }) => path === "kinds/file.ts")).toBe(true);
    expect(files.some(({ path }) => path.startsWith("node_modules/"))).toBe(false);
  });

  test("has short files in the middle", () => {
    const found = lengths(files);
    process.stdout.write(`${found.files} source files: median ${found.median} lines, p95 ${found.p95}, longest ${found.longest}\n`);
    expect(found.median).toBeLessThan(100);
  });
});

describe("each rule can fail", () => {
  test.each(rules)("%s", (_, rule, broken) => {
    expect(rule(broken)).not.toEqual([]);
  });
});
