import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Output } from "#cli/output.ts";
import { skipUnless } from "../support/skip.ts";
import { busyboxTree } from "../support/tree.ts";

const root = join(import.meta.dirname, "../..");
const hasCli = spawnSync("pulumi", ["version"]).status === 0;

/** A project whose stack puts a file on a tree, and the CLI to run it. */
function project(tree: string) {
  const directory = mkdtempSync(join(tmpdir(), "steading-cli-"));
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  writeFileSync(
    join(directory, "Pulumi.yaml"),
    `name: proj\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\nplugins:\n  providers:\n    - name: steading\n      path: ${join(root, "src/provider/bin")}\n`,
  );
  writeFileSync(
    join(directory, "index.mjs"),
    `import { Host } from ${JSON.stringify(join(root, "components/host.ts"))};
import { file } from ${JSON.stringify(join(root, "kinds/file.ts"))};
const host = new Host("tree", { connection: { via: "tree", root: ${JSON.stringify(tree)} } });
host.layer("greeting", [file("motd", { path: "/etc/motd", content: "hello\\n" })]);
export const machineId = host.machineId;
`,
  );
  const env = {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: `file://${directory}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  return {
    /** The embedded engine on the same project and state: what it would change. */
    pendingForSteading: () => {
      const { stdout, stderr } = spawnSync(join(root, "src/cli/steading"), ["preview", "--stack", "dev", "--json"], { cwd: directory, env, encoding: "utf8" });
      expect(stderr).toBe("");
      return JSON.parse(stdout) as Output;
    },
    steadingUp: () => spawnSync(join(root, "src/cli/steading"), ["up", "--yes", "--stack", "dev"], { cwd: directory, env, encoding: "utf8" }),
    pulumi: (...words: string[]) => {
      const { status, stdout, stderr } = spawnSync("pulumi", [...words, "--non-interactive", "--color", "never"], { cwd: directory, env, encoding: "utf8", timeout: 120_000 });
      return { status, output: `${stdout}${stderr}` };
    },
    remove: () => { rmSync(directory, { recursive: true, force: true }); },
  };
}

describe("the real CLI", () => {
  skipUnless(hasCli, "pulumi is not on PATH")(
    "makes, leaves alone, repairs and removes a layer",
    () => {
      const tree = busyboxTree();
      const { pulumi, remove } = project(tree.root);
      const motd = join(tree.root, "etc/motd");
      const ok = (...words: string[]): string => {
        const { status, output } = pulumi(...words);
        expect({ words, status, output }).toMatchObject({ status: 0 });
        return output;
      };
      try {
        ok("stack", "init", "dev");
        ok("preview", "--stack", "dev");
        expect(existsSync(motd)).toBe(false);
        ok("up", "--yes", "--stack", "dev");
        expect(readFileSync(motd, "utf8")).toBe("hello\n");
        ok("up", "--yes", "--stack", "dev", "--expect-no-changes");
        writeFileSync(motd, "tampered\n");
        expect(ok("preview", "--stack", "dev", "--diff")).toContain("content");
        ok("refresh", "--yes", "--stack", "dev");
        ok("up", "--yes", "--stack", "dev");
        expect(readFileSync(motd, "utf8")).toBe("hello\n");
        ok("up", "--yes", "--stack", "dev", "--expect-no-changes");
        ok("destroy", "--yes", "--stack", "dev");
        expect(existsSync(motd)).toBe(false);
      } finally {
        remove();
        tree.remove();
      }
    },
    300_000,
  );

  skipUnless(hasCli, "pulumi is not on PATH")(
    "takes over a stack from the embedded engine, and gives it back, without a change",
    () => {
      const tree = busyboxTree();
      const { pulumi, pendingForSteading, steadingUp, remove } = project(tree.root);
      const motd = join(tree.root, "etc/motd");
      try {
        expect(steadingUp()).toMatchObject({ status: 0, stderr: "" });
        expect(readFileSync(motd, "utf8")).toBe("hello\n");
        expect(pulumi("up", "--yes", "--stack", "dev", "--expect-no-changes")).toMatchObject({ status: 0 });
        expect(pendingForSteading()).toMatchObject({ result: "succeeded", summary: { change: 0 } });
        writeFileSync(motd, "tampered\n");
        expect(pulumi("up", "--yes", "--stack", "dev")).toMatchObject({ status: 0 });
        expect(pendingForSteading()).toMatchObject({ result: "succeeded", summary: { change: 0 } });
      } finally {
        remove();
        tree.remove();
      }
    },
    300_000,
  );
});
