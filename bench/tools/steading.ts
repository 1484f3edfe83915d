import { execa } from "execa";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { version } from "#provider/version.ts";
import { endConnections, timed } from "./tool.ts";
import type { Tool } from "./tool.ts";

const command = join(import.meta.dirname, "../../src/cli/steading");
const program = join(import.meta.dirname, "../stack.ts");

/** Loaded into the process by `peakMemory`. */
const reporter = join(import.meta.dirname, "../peak-memory.ts");

const UP = [command, "up", "--yes", "--stack", "bench"] as const;

/** A project of its own in `directory`, with the program of this bench, its state beside it, and a passphrase. */
async function writeProject(directory: string, files: number, connection: object): Promise<Readonly<Record<string, string>>> {
  await mkdir(join(directory, "state"), { recursive: true });
  // An engine follows the link, so that the program finds its packages.
  await symlink(program, join(directory, "stack.ts"));
  await writeFile(join(directory, "Pulumi.yaml"), stringify({ name: "steading-bench", runtime: "nodejs", main: "stack.ts", backend: { url: `file://${directory}/state` } }));
  await writeFile(join(directory, "Pulumi.bench.yaml"), stringify({ config: { "steading-bench:files": files, "steading-bench:connection": connection } }));
  // Socket paths are short (unix(7)): the sockets of all projects of a run are in one place.
  return { PULUMI_CONFIG_PASSPHRASE: "bench", XDG_RUNTIME_DIR: runtimeOf(directory) };
}

const runtimeOf = (directory: string): string => join(directory, "..", "r");

/** The whole command, as a person types it. */
export const steading: Tool = {
  version,
  async prepare({ connection, signal }, things, directory) {
    const env = await writeProject(directory, things.files.length, connection);
    await mkdir(runtimeOf(directory), { recursive: true, mode: 0o700 });
    return {
      up: () => timed(UP, directory, env, signal),
      cool: () => endConnections(join(runtimeOf(directory), "steading")),
    };
  },
};

/** Bytes that the process of one `up` has in memory at most. Not timed. */
export async function peakMemory(directory: string): Promise<number> {
  const [file, ...args] = UP;
  const to = join(directory, "peak-memory");
  await execa(file, args, {
    cwd: directory,
    stdin: "ignore",
    env: { PULUMI_CONFIG_PASSPHRASE: "bench", XDG_RUNTIME_DIR: runtimeOf(directory), NODE_OPTIONS: `--import=${reporter}`, STEADING_BENCH_PEAK: to },
  });
  return Number(await readFile(to, "utf8"));
}
