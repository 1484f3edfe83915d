import { program } from "#cli/command.ts";

const names = ["preview", "up", "refresh", "destroy", "import", "new", "lab", "doctor"];

/** A command's help, as `--help` prints it. */
async function helpOf(name: string): Promise<string> {
  const command = (await program([name])).commands.find((one) => one.name() === name);
  let text = "";
  command?.configureOutput({ writeOut: (part) => { text += part; } }).outputHelp();
  return text;
}

test("the command lists its commands, each in a line", async () => {
  const steading = await program([]);
  expect(steading.commands.map((command) => command.name())).toEqual(names);
  expect(steading.commands.filter((command) => command.summary() === "")).toEqual([]);
});

test.each(names)("%s teaches: what it does, its options, and examples", async (name) => {
  const text = await helpOf(name);
  expect(text).toMatch(/Usage: {1,2}\S/);
  expect(text).toMatch(/Examples:\n {2}steading /);
  expect(text).toContain(`steading ${name}`);
});

test("a command loads nothing of the others", async () => {
  expect((await program(["doctor"])).commands.map((command) => command.name())).toEqual(["doctor"]);
});
