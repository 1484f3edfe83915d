import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { templateNames } from "#cli/new.ts";
import { document, steading } from "../support/cli.ts";
import { skipUnless } from "../support/skip.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-new-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const isRoot = process.getuid?.() === 0;

test.each(await templateNames())("%s makes a project with its name, configuration and a private passphrase", async (template) => {
  const to = join(directory, `my-${template}`);
  const { exitCode, stdout } = await steading(["new", template, to, "--config", "host=local"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("npx steading preview");
  expect(readFileSync(join(to, "Pulumi.yaml"), "utf8")).toMatch(new RegExp(`^name: my-${template}$`, "m"));
  expect(readFileSync(join(to, "Pulumi.home.yaml"), "utf8")).toContain("local");
  expect(readFileSync(join(to, "package.json"), "utf8")).not.toContain("${");
  expect(statSync(join(to, ".steading/passphrase")).mode & 0o777).toBe(0o600);
});

skipUnless(isRoot, "previewing this machine needs root").each(await templateNames())("%s previews as it is", async (template) => {
  const to = join(directory, `preview-${template}`);
  await steading(["new", template, to]);
  const result = await steading(["preview", "--stack", "home", "--json"], { cwd: to });
  expect(result.stderr).toBe("");
  expect([0, 2]).toContain(result.exitCode);
  expect(document(result)).toMatchObject({ project: `preview-${template}`, stack: "home" });
});

test("a directory with something in it is left alone", async () => {
  const { exitCode, stderr } = await steading(["new", "workstation-typescript", "."]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("there is something in it");
});

test("an unknown template is refused with the names of those that exist", async () => {
  const { exitCode, stderr } = await steading(["new", "nope", join(directory, "x")]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("one of workstation-typescript");
});
