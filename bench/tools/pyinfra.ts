import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pinnedVersion } from "./python.ts";
import { timed } from "./tool.ts";
import type { Tool } from "./tool.ts";

const here = join(import.meta.dirname, "../pyinfra");

/**
 * pyinfra.
 *
 * @param bin - where the programs of the virtual environment are
 */
export async function pyinfra(bin: string): Promise<Tool> {
  return {
    version: await pinnedVersion("pyinfra"),
    async prepare({ connection, knownHosts, signal }, things, directory) {
      await mkdir(directory, { recursive: true });
      const { address, user, port = 22, identityFile } = connection;
      await writeFile(join(directory, "target.json"), JSON.stringify({ address, user, port, identityFile, knownHosts }));
      await writeFile(join(directory, "things.json"), JSON.stringify(things));
      const argv = [join(bin, "pyinfra"), "--yes", join(here, "inventory.py"), join(here, "deploy.py")] as const;
      // It opens no connection that outlives it.
      return { up: () => timed(argv, directory, { LC_ALL: "C.UTF-8" }, signal), cool: () => Promise.resolve() };
    },
  };
}
