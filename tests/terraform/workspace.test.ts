import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateDirectory, withWorkspace } from "#terraform/workspace.ts";

const home = mkdtempSync(join(tmpdir(), "steading-${state}-"));
afterAll(() => { rmSync(home, { recursive: true, force: true }); });
const key = "ab".repeat(32);
const settings = { configuration: { variable: { password: { type: "string" }, other: {} } }, files: { "assets/a/b": Buffer.from("hello").toString("base64"), "assets/a/run": "" }, executables: ["assets/a/run"], links: { "assets/a/link": "b" }, variables: { password: "hunter22" }, key };

test("a run has what it is given in a folder for its user alone, and nothing of it stays", async () => {
  const directory = await withWorkspace({ ...settings, providerMirror: "/srv/mirror" }, home, ["password"], "lock", async (place) => {
    const at = (name: string): string => readFileSync(join(place.directory, "configuration", name), "utf8");
    expect([at("assets/a/link"), statSync(join(place.directory, "configuration/assets/a/run")).mode & 0o777]).toEqual(["hello", 0o700]);
    expect([at("assets/a/b"), at(".terraform.lock.hcl"), JSON.parse(at("steading.auto.tfvars.json"))]).toEqual(["hello", "lock", { password: "hunter22" }]);
    expect(JSON.parse(at("cdk.tf.json"))).toEqual({ variable: { password: { type: "string", sensitive: true }, other: {} } });
    expect(at("steading.tf")).toContain(`path = "${join(home, "terraform.tfstate").replace("$", "$$$$")}"`);
    expect(readFileSync(place.cliConfig ?? "", "utf8")).toContain('path = "/srv/mirror"');
    const modes = readdirSync(place.directory, { recursive: true, withFileTypes: true }).map((entry) => statSync(join(entry.parentPath, entry.name)).mode & 0o077);
    expect([statSync(place.directory).mode & 0o777, new Set(modes)]).toEqual([0o700, new Set([0])]);
    return Promise.resolve(place.directory);
  });
  expect(existsSync(directory)).toBe(false);
});

test("the configuration has one path in all runs, but where another run has it now", async () => {
  const path = (inner?: () => Promise<string>): Promise<readonly string[]> =>
    withWorkspace(settings, home, [], undefined, async ({ configuration }) => {
      expect(existsSync(join(configuration, "cdk.tf.json"))).toBe(true);
      return [configuration, (await inner?.()) ?? ""];
    });
  // What a killed run left leads nowhere, or to what no process has.
  symlinkSync(join(home, "gone"), join(home, "configuration-now"));
  const [first = ""] = await path();
  const left = join(home, "left");
  mkdirSync(join(left, "configuration"), { recursive: true });
  writeFileSync(join(left, "pids"), "999999999\n");
  symlinkSync(join(left, "configuration"), join(home, "configuration-now"));
  const [second, beside] = await path(async () => (await path())[0] ?? "");
  expect([second, beside === first, existsSync(first)]).toEqual([join(home, "configuration-now"), false, false]);
});

test("the key is in a line of its own: OpenTofu shows the line that it complains about", async () => {
  const lines = await withWorkspace(settings, undefined, [], undefined, async (place) => Promise.resolve(readFileSync(join(place.directory, "configuration/steading.tf"), "utf8").split("\n")));
  expect(lines.filter((line) => line.includes(key))).toEqual([`      passphrase = "${key}"`]);
});

test("working copies are told apart by resource and key", () => {
  const names = [stateDirectory("urn:a", key), stateDirectory("urn:b", key), stateDirectory("urn:a", "cd".repeat(32))];
  expect(new Set(names).size).toBe(3);
});
