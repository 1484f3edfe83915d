import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { tryProject } from "../support/cli.ts";

const ROOT = join(import.meta.dirname, "../..");

test.each([
  ["reads on", "2>&1 | head -c 1 >/dev/null"],
  ["can read, as the disk is full", ">/dev/full 2>&1"],
])("a run that nobody %s goes on to its end", async (_, out) => {
  const project = tryProject(`
import { local } from "@pulumi/command";
const make = (name, dependsOn) => new local.Command(name, { create: "sleep 0.2; echo x >>made", dir: import.meta.dirname }, { dependsOn });
make("c", [make("b", [make("a", [])])]);
`);
  symlinkSync(join(ROOT, "node_modules/@pulumi/command"), join(project.directory, "node_modules/@pulumi/command"));
  const { stdout } = await execa("sh", ["-c", `{ "$0" up --yes --stack dev; echo $? >&3; } 3>status ${out}; cat status`, join(ROOT, "src/cli/steading")], { cwd: project.directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" } });
  expect([stdout, readFileSync(join(project.directory, "made"), "utf8")]).toEqual(["0", "x\nx\nx\n"]);
  expect(readFileSync(join(project.directory, ".steading/state/.pulumi/stacks/try/dev.json"), "utf8")).not.toContain("pending_operations");
  project.remove();
}, 120_000);
