import { readdir, readFile } from "node:fs/promises";
import { execa } from "execa";
import type { Connection } from "#model/connection.ts";

/** What a tool prints; files that come and go meanwhile are no reason to fail. */
const linesOf = async (argv: readonly [string, ...string[]]): Promise<readonly string[]> => {
  const [file, ...args] = argv;
  return (await execa(file, args, { reject: false })).stdout.split("\n");
};

/** Every process of this machine whose command line or control group says `word`; not those that ended and wait for init to notice. */
async function processes(word: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const texts = await Promise.all(["cmdline", "cgroup"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")));
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      return texts.some((text) => text.includes(word)) && !/^State:\s+Z/m.test(status) ? [pid] : [];
    }),
  );
  return found.flat();
}

/**
 * Everything on this machine that a lab machine leaves while it lives, by sort; each entry names the machine or its network,
 * so that machines of other tests do not disturb.
 */
export async function traces(name: string, to: Connection): Promise<Readonly<Record<string, readonly string[]>>> {
  const network = to.via === "ssh" ? to.address.replace(/\d+$/, "") : name;
  const own = to.via === "ssh" ? Number(/\d+$/.exec(to.address)?.[0]) : 0;
  const gateway = `${network}${(own - 1).toString()}/`;
  const [running, addresses, tables, mounts, groups, files] = await Promise.all([
    processes(name),
    linesOf(["ip", "-oneline", "-4", "address", "show"]),
    linesOf(["nft", "list", "tables"]),
    readFile("/proc/self/mountinfo", "utf8"),
    linesOf(["find", "/sys/fs/cgroup", "-type", "d", "-name", `*${name}*`]),
    linesOf(["find", "/var/lib", "/run", "/tmp", "/etc", "-name", `*${name}*`]),
  ]);
  return {
    processes: running,
    interfaces: addresses.filter((line) => line.includes(gateway)),
    tables: tables.filter((line) => line.includes(name)),
    mounts: mounts.split("\n").filter((line) => line.includes(name)),
    groups: groups.filter((line) => line !== ""),
    files: files.filter((line) => line !== ""),
  };
}
