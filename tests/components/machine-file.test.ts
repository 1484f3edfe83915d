import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { steading } from "../support/cli.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-machine-"));
afterAll(() => { rmSync(directory, { recursive: true }); });

/** What `steading preview` says of a machine's file. */
async function preview(text: string): Promise<string> {
  writeFileSync(join(directory, "desk.yaml"), text);
  const { exitCode, stdout, stderr } = await steading(["preview", "desk.yaml"], { cwd: directory });
  expect(exitCode).toBe(1);
  return `${stdout}\n${stderr}`;
}

test("all mistakes of a machine's file are told at once, each with its line", async () => {
  const said = await preview("host: desk.home\nprofile: server\npackges: [vim]\nusers:\n  Ada: {}\n");
  expect(said).toMatch(/desk\.yaml:1:1.*host/);
  expect(said).toMatch(/desk\.yaml:3:1.*packges[^]*one of .*host.*packages/);
  expect(said).toMatch(/desk\.yaml:5:3.*Ada/);
}, 60_000);

test.each([
  ["no host", "packages: [vim]\n", "host is missing"],
  ["what is no YAML", "host: [\n", "desk.yaml:2:1"],
  ["a profile that is not there", "host: ssh://root@192.0.2.1\nprofile: ./other.yaml\n", "there is no profile"],
])("%s", async (_, text, said) => {
  expect(await preview(text)).toContain(said);
}, 60_000);

test.each([
  ["desk.txt", "is not the name of a machine's file"],
  ["none.yaml", "there is no such file"],
])("%s is refused", async (file, said) => {
  writeFileSync(join(directory, "desk.txt"), "");
  expect(await steading(["preview", file], { cwd: directory })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(said) as unknown });
});

test("the schema that editors complete from accepts what steading accepts", () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(new URL("../../profiles/machine.schema.json", import.meta.url), "utf8")) as object);
  expect(validate(parse("host: lab:13\nprofile: desktop\npackages: [vim]\n"))).toBe(true);
  expect(validate(parse("host: lab:14\n"))).toBe(false);
  expect(validate(parse("host: lab:13\nnonsense: 1\n"))).toBe(false);
});
