import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { commands, commandSubject } from "#facts/commands.ts";

/** Asks the real shell of this machine. */
const ask = (subject: string, booted = "1", shell: readonly string[] = ["sh"]) => {
  const [file = "sh", ...args] = shell;
  const output = execFileSync(file, [...args, "-c", `booted=${booted}\n${commands.script}`, "sh", subject], { encoding: "utf8" });
  return commands.parse(output, [subject]).get(subject);
};

describe.each([["sh", ["sh"]], ["busybox", ["busybox", "sh"]]])("commands under %s", (_, shell) => {
  test.each([
    { name: "success", argv: ["true"], state: { exitCode: 0 } },
    { name: "failure", argv: ["sh", "-c", "exit 3"], state: { exitCode: 3 } },
    { name: "a command that is not there", argv: ["no-such-command"], state: { exitCode: 127 } },
    { name: "a command that reads", argv: ["cat"], state: { exitCode: 0 } },
  ])("sees $name", ({ argv, state }) => {
    expect(ask(commandSubject(argv), "1", shell)).toEqual(state);
  });

  test.each(["", "x", "one\ntwo\n\n", "x3", "no newline"])("sees that %j was printed", (text) => {
    expect(ask(commandSubject(["printf", "%s", text], { output: true }), "1", shell)).toEqual({ exitCode: 0, stdout: text });
  });
});

test("every word arrives as it was, whatever is in it", () => {
  const word = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !/[\0\uD800-\uDFFF]/.test(text));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const state = ask(commandSubject(["printf", "<%s>", ...words], { output: true }));
      expect(state).toEqual({ exitCode: 0, stdout: words.map((one) => `<${one}>`).join("") });
    }),
    { numRuns: 30 },
  );
});

test("a command that needs a running system is not run on a tree", () => {
  expect(ask(commandSubject(["true"], { running: true }), "")).toBeUndefined();
  expect(ask(commandSubject(["true"], { running: true }), "1")).toEqual({ exitCode: 0 });
});
