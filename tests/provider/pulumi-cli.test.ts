import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Output } from "#cli/output.ts";
import { programOnPath } from "#host/programs.ts";
import { skipUnless } from "../support/skip.ts";
import { rounds } from "../support/soak.ts";
import { sshdObstacle, startSshd } from "../support/sshd.ts";
import { TRADED_PROGRAMS, tradedText } from "../support/traded-programs.ts";
import type { TradedProgram } from "../support/traded-programs.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";

const root = join(import.meta.dirname, "../..");
const hasCli = spawnSync("pulumi", ["version"]).status === 0;

/** A project whose stack puts a file on a tree, and both engines to run it. */
function project(tree: string, program?: TradedProgram) {
  const directory = mkdtempSync(join(tmpdir(), "steading-cli-"));
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  writeFileSync(
    join(directory, "Pulumi.yaml"),
    `name: proj\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\nplugins:\n  providers:\n    - name: steading\n      path: ${join(root, "src/provider/bin")}\n`,
  );
  writeFileSync(
    join(directory, "index.mjs"),
    program !== undefined ? tradedText(program, root, tree) : `import { Host } from ${JSON.stringify(join(root, "components/host.ts"))};
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
    /** Has the program's `v` be another one. */
    version: (v: string) => {
      const path = join(directory, "Pulumi.dev.yaml");
      const salt = existsSync(path) ? (/^encryptionsalt:.*\n/m.exec(readFileSync(path, "utf8"))?.[0] ?? "") : "";
      writeFileSync(path, `${salt}config:\n  proj:v: "${v}"\n`);
    },
    steading: (...words: string[]) => {
      const { status, stdout, stderr } = spawnSync(join(root, "src/cli/steading"), [...words, "--stack", "dev"], { cwd: directory, env, encoding: "utf8", timeout: 120_000 });
      return { status, output: `${stdout}${stderr}` };
    },
    remove: () => { rmSync(directory, { recursive: true, force: true }); },
  };
}

type Project = ReturnType<typeof project>;

/** One of two engines that a stack goes back and forth between. */
interface Engine {
  /** Runs an operation; it succeeds. */
  readonly run: (...words: string[]) => void;
  /** A preview shows no change. */
  readonly seesNothing: () => void;
}

/** Runs the operations on a program's stack by two engines in turn; after each, both see nothing to do. */
function trade(program: TradedProgram, engineOf: (made: Project) => Engine, first: "ours" | "theirs"): void {
  const tree = busyboxTree();
  const made = project(tree.root, program);
  const ours: Engine = {
    run: (...words: string[]) => { expect({ words, ...made.steading(...words) }).toMatchObject({ status: 0 }); },
    seesNothing: () => {
      const { result, summary, ...said } = made.pendingForSteading();
      expect({ result, change: summary?.change, ...(result === "succeeded" ? {} : said) }).toEqual({ result: "succeeded", change: 0 });
    },
  };
  const engines = first === "ours" ? [ours, engineOf(made)] : [engineOf(made), ours];
  try {
    made.version("1");
    const operations: readonly (readonly [v: string, ...words: string[]])[] = [["1", "up", "--yes"], ["2", "up", "--yes"], ["2", "refresh", "--yes"], ["1", "up", "--yes"], ["1", "refresh", "--yes"], ["2", "up", "--yes"]];
    for (const [turn, [v, ...words]] of operations.entries()) {
      made.version(v);
      engines[turn % 2]?.run(...words);
      engines[(turn + 1) % 2]?.seesNothing();
      engines[turn % 2]?.seesNothing();
    }
    engines[1]?.run("destroy", "--yes");
  } finally {
    made.remove();
    tree.remove();
  }
}

const theirs = ({ pulumi }: Project): Engine => ({
  run: (...words: string[]) => { expect({ words, ...pulumi(...words, "--stack", "dev") }).toMatchObject({ status: 0 }); },
  seesNothing: () => { expect(pulumi("preview", "--expect-no-changes", "--stack", "dev")).toMatchObject({ status: 0 }); },
});

const alone = ({ steading }: Project): Engine => ({
  run: (...words: string[]) => { expect({ words, ...steading(...words) }).toMatchObject({ status: 0 }); },
  seesNothing: () => { expect(steading("preview")).toMatchObject({ status: 0 }); },
});

describe("ten programs", () => {
  test("are ten, each with a name of its own", () => {
    expect(new Set(TRADED_PROGRAMS.map(({ name }) => name)).size).toBe(10);
  });

  // What goes back and forth below must be a program at all: without the CLI, both sides are Steading's own engine.
  skipUnless(treeObstacle === undefined, treeObstacle ?? "").each(TRADED_PROGRAMS.slice(0, rounds(1, 10)))("$name: nothing to do after every operation", (program) => { trade(program, alone, "ours"); }, 300_000);
});

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

  skipUnless(hasCli, "pulumi is not on PATH").each(TRADED_PROGRAMS.map((program, index) => [program.name, program, index % 2 === 0] as const))(
    "and the embedded engine, in turns, with nothing to do after every operation: %s",
    (_, program, isOursFirst) => {
      const theirsFirst = (made: Project): Engine => {
        expect(made.pulumi("stack", "init", "dev")).toMatchObject({ status: 0 });
        return theirs(made);
      };
      if (isOursFirst) trade(program, theirs, "ours");
      else trade(program, theirsFirst, "theirs");
    },
    600_000,
  );

  skipUnless(hasCli && programOnPath("pulumi-resource-command") !== undefined && sshdObstacle === undefined, "pulumi and pulumi-resource-command are not on PATH")(
    "and the embedded engine, in turns, agree about commands and copies, which the package's own plugin runs for one of them",
    async () => {
      const server = await startSshd(undefined, { settings: ["Subsystem sftp internal-sftp"] });
      const there = mkdtempSync(join(tmpdir(), "steading-there-"));
      const { port, hostKey, identityFile = "" } = server.connection;
      const far = JSON.stringify({ host: "127.0.0.1", port, hostKey, privateKey: readFileSync(identityFile, "utf8") });
      const here = JSON.stringify(import.meta.dirname);
      const text = `
        import { local, remote } from "@pulumi/command";
        const far = ${far};
        const said = new local.Command("said", { create: \`echo made \${v}\`, update: \`echo \${v} after $PULUMI_COMMAND_STDOUT\`, delete: "true", environment: { A: pulumi.secret("hush") } });
        new local.Command("anew", { create: \`echo \${v}\`, triggers: [v] }, { dependsOn: [said] });
        new remote.Command("far", { connection: far, create: \`echo \${v}\` });
        new remote.CopyToRemote("folder", { connection: far, source: new pulumi.asset.FileArchive(${here}), remotePath: ${JSON.stringify(there)} });
        new remote.CopyToRemote("text", { connection: far, source: new pulumi.asset.StringAsset(\`text \${v}\`), remotePath: ${JSON.stringify(join(there, "text"))} });
        export const run = local.runOutput({ command: "echo run" }).stdout;
      `;
      try {
        trade({ name: "commands and copies", text }, theirs, "ours");
        expect(readFileSync(join(there, "text"), "utf8")).toBe("text 2");
        expect(existsSync(join(there, "provider/pulumi-cli.test.ts"))).toBe(true);
      } finally {
        await server.stop();
        rmSync(there, { recursive: true });
      }
    },
    600_000,
  );
});
