import { Ajv } from "ajv";
import schema from "#cli/output.schema.json" with { type: "json" };
import { document, steading } from "../support/cli.ts";

const fits = new Ajv({ strict: false }).compile(schema);

test.each([
  ["up --nonsense --json", "up", "unknown option '--nonsense'"],
  ["preview a.yaml b.yaml --json", "preview", "too many arguments"],
  ["import --json", "import", "required option '--host <address>'"],
  ["lab nonsense --json", "lab", "unknown command 'nonsense'"],
  ["nonsense --json", "steading", "unknown command 'nonsense'"],
  ["--json", "steading", "unknown option '--json'"],
])("what is typed wrong is a document as well: steading %s", async (typed, command, message) => {
  const result = await steading(typed.split(" "));
  expect([result.exitCode, result.stderr]).toEqual([1, expect.stringContaining(message)]);
  const output = document(result);
  expect(fits(output) ? [] : fits.errors).toEqual([]);
  expect(output).toMatchObject({ command, result: "failed", issues: [{ code: "usage.invalid", message: expect.stringContaining(message) as unknown }] });
});

test.each([
  ["up --nonsense", 1, ""],
  ["up --help --json", 0, "Usage: "],
  ["--version", 0, "."],
])("steading %s: exit status %i, and no document", async (typed, status, said) => {
  const { exitCode, stdout } = await steading(typed.split(" "));
  expect([exitCode, stdout]).toEqual([status, expect.stringContaining(said)]);
  expect(stdout).not.toContain("formatVersion");
});
