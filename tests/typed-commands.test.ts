import { program } from "#cli/command.ts";
import packageJson from "../package.json" with { type: "json" };
import { repositoryFiles } from "./support/layout/files.ts";
import { typedCommands, wrongUse } from "./support/typed-commands.ts";
import type { TypedCommand } from "./support/typed-commands.ts";

const typed = repositoryFiles()
  .filter(({ path }) => path.endsWith(".md") && !path.startsWith("docs/reference/"))
  .flatMap(typedCommands);

const steading = /^(npx )?(src\/cli\/)?steading /;
const complain = (commands: readonly TypedCommand[], wrong: (words: readonly string[]) => string | undefined): readonly string[] =>
  commands.flatMap(({ path, line, words }) => {
    const what = wrong(words);
    return what === undefined ? [] : [`${path}:${line}: ${what}`];
  });

describe("commands that pages tell to type", () => {
  test("have the command and options that they name", async () => {
    const known = await program([]);
    const ours = typed.filter(({ words }) => steading.test(`${words.join(" ")} `));
    expect(ours.length).toBeGreaterThan(10);
    expect(complain(ours, (words) => wrongUse(words.slice(words.findIndex((word) => word.endsWith("steading")) + 1), known))).toEqual([]);
  });

  test("are scripts of package.json where they are npm's", () => {
    const scripts = new Set(Object.keys(packageJson.scripts));
    const ours = typed.filter(({ words }) => words[0] === "npm");
    expect(complain(ours, ([, verb = "", script = ""]) => (verb === "run" && !scripts.has(script) ? `there is no script ${script}` : undefined))).toEqual([]);
  });

  test("are refused when they do not exist", async () => {
    const known = await program([]);
    expect(wrongUse(["upp"], known)).toBe("there is no command upp");
    expect(wrongUse(["up", "--stack", "x", "--force"], known)).toBe("up has no option --force");
    expect(wrongUse(["lab", "create", "box", "--release", "13"], known)).toBeUndefined();
    expect(wrongUse(["lab", "enter", "box", "--", "ls", "--all"], known)).toBeUndefined();
    expect(typedCommands({ path: "a.md", text: "```sh\nsteading up # why\n```\n" })).toEqual([{ path: "a.md", line: 2, words: ["steading", "up"] }]);
  });
});
