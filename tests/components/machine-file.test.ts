import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
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
  expect(said).toMatch(/error desk\.yaml:1:1.*host[^]*error desk\.yaml:3:1.*packges[^]*one of .*host.*packages[^]*error desk\.yaml:5:3.*Ada/);
}, 60_000);

test.each([
  ["no host", "packages: [vim]\n", "host is missing"],
  ["what is no YAML", "host: [\n", "desk.yaml:2:1"],
  ["a profile that is not there", "host: ssh://root@192.0.2.1\nprofile: destkop\n", "desk.yaml:2:1 profile: there is no profile destkop\n      one of desktop, minimal, server, or a path"],
  ["no machine", "host: ssh://root@192.0.2.1:70000\n", "desk.yaml:1:1 host: the value is no machine"],
])("%s", async (_, text, said) => {
  expect(await preview(text)).toContain(said);
}, 60_000);

test.each(["ssh://root:hunter2@192.0.2.1", "ftp://root:hunter2@192.0.2.1", "root:hunter2@192.0.2.1"])("a password in the host is not shown: %s", async (host) => {
  const said = await preview(`host: ${host}\n`);
  expect(said).toMatch(/desk\.yaml:1:1 host: the value is /);
  expect(said).not.toContain("hunter2");
}, 60_000);

test("places are told from where the command was typed, in its document too", async () => {
  writeFileSync(join(directory, "desk.yaml"), "host: local\ntimeSync: 3\n");
  const { stdout } = await steading(["preview", `${basename(directory)}/desk.yaml`, "--json"], { cwd: join(directory, "..") });
  expect(JSON.parse(stdout)).toMatchObject({ issues: [{ at: `${basename(directory)}/desk.yaml:2:1`, path: "timeSync" }] });
}, 60_000);

test.each([
  ["--stack", "other"],
  ["--config", "host=local"],
])("%s beside a file is refused, before anything is made for it", async (option, value) => {
  const { exitCode, stderr } = await steading(["preview", "alone.yaml", option, value], { cwd: directory });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`error ${option}: does not go together with a machine's file`)]);
});

test("a stack that the environment names is for projects, not for a file", async () => {
  expect(await steading(["preview", "none.yaml"], { cwd: directory, env: { PULUMI_STACK: "dev" } })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("there is no such file") as unknown });
});

test("the schema that editors complete from accepts what steading accepts", () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(new URL("../../profiles/machine.schema.json", import.meta.url), "utf8")) as object);
  expect(validate(parse("host: lab:13\nprofile: desktop\npackages: [vim]\n"))).toBe(true);
  expect(validate(parse("host: local\nusers:\n  ada:\npackages:\n"))).toBe(true);
  expect(validate(parse("host: lab:14\n"))).toBe(false);
  expect(validate(parse("host: lab:13\nnonsense: 1\n"))).toBe(false);
});
