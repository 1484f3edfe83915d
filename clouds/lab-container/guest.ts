import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Places } from "../lab/places.ts";
import { end } from "../lab/processes.ts";
import { failure, tool, underSystemd } from "../lab/run.ts";
import { namespaceOf } from "./link.ts";

/**
 * The machine's control groups: one in the unified hierarchy and one in systemd's own, where that is mounted apart.
 * Two guests in one group would take each other's services for their own.
 */
async function groups(places: Places): Promise<readonly string[]> {
  const unit = `${places.label}.service`;
  const group = (await underSystemd()) ? await tool(places.name, ["systemctl", "show", "--property=ControlGroup", "--value", unit]) : places.label;
  if (group === "") return [];
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return mounts.flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type, , options = ""] = after.split(" ");
    const at = before.split(" ")[4] ?? "";
    return type === "cgroup2" || (type === "cgroup" && options.includes("name=systemd")) ? [join(at, group)] : [];
  });
}

/** A directory and all directories in it, deepest first. Control groups come and go meanwhile. */
async function tree(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const inner = await Promise.all(entries.filter((entry) => entry.isDirectory()).map((entry) => tree(join(path, entry.name))));
  return [...inner.flat(), path];
}

/** Every process of the machine. */
async function processes(places: Places): Promise<readonly number[]> {
  const all = (await Promise.all((await groups(places)).map(tree))).flat();
  const lists = await Promise.all(all.map((group) => readFile(join(group, "cgroup.procs"), "utf8").catch(() => "")));
  // 0 stands for a process that this PID namespace cannot see.
  const found = lists.flatMap((list) => list.split("\n").map(Number).filter((pid) => pid > 0));
  return [...new Set(found)];
}

/** True when the machine's init runs. */
export const isRunning = async (places: Places): Promise<boolean> => (await processes(places)).length > 0;

/** systemd-nspawn's exit status when the guest asks for a restart and --keep-unit is set (nspawn.c, EXIT_FORCE_RESTART). */
const RESTART = "133";

/** Prints into the file "$1", joins the control groups named before `--`, then runs the command behind it, again for each restart of the guest. */
const STAY = `exec > "$1" 2>&1; shift
while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit 1; shift; done; shift
while :; do status=0; "$@" || status=$?; [ "$status" = ${RESTART} ] || exit "$status"; done`;

const nspawn = (places: Places): readonly string[] => [
  "systemd-nspawn",
  "--quiet",
  `--directory=${places.root}`,
  `--machine=${places.name}`,
  "--boot",
  "--register=no",
  "--keep-unit",
  `--network-namespace-path=${namespaceOf(places)}`,
  "--capability=CAP_NET_ADMIN",
  "--link-journal=no",
  "--resolv-conf=off",
  "--timezone=off",
  "--console=read-only",
];

/** systemd-nspawn's switches that are environment variables (systemd's ENVIRONMENT.md). */
const switches = (release: 12 | 13): Readonly<Record<string, string>> => ({
  SYSTEMD_NSPAWN_LOCK: "0",
  SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
  // systemd 257 no longer boots on the old hierarchy.
  ...(release === 13 ? { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" } : {}),
});

/** As in the unit file that systemd itself brings for containers. */
const properties = ["Delegate=yes", "KillMode=mixed", `RestartForceExitStatus=${RESTART}`, `SuccessExitStatus=${RESTART}`].map((line) => `--property=${line}`);

/** Starts the machine's init. It lives on when this process ends. */
export async function start(places: Places, release: 12 | 13): Promise<void> {
  if (await underSystemd()) {
    const environment = Object.entries(switches(release)).map(([name, value]) => `--setenv=${name}=${value}`);
    const unit = ["--quiet", "--collect", `--unit=${places.label}`, ...properties];
    await tool(places.name, ["systemd-run", ...unit, ...environment, "--", ...nspawn(places)]);
    return;
  }
  const all = await groups(places);
  for (const group of all) await mkdir(group, { recursive: true });
  const child = execa("setsid", ["sh", "-c", STAY, "sh", places.console, ...all, "--", ...nspawn(places)], {
    detached: true,
    cleanup: false,
    reject: false,
    cwd: "/",
    env: switches(release),
    stdio: "ignore",
  });
  child.unref();
}

/** Ends every process of the machine at once and removes its control groups. Done already is done. */
export async function stop(places: Places): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; ) {
    const alive = await processes(places);
    for (const pid of alive) end(pid);
    if (alive.length === 0 && (await removeGroups(places))) break;
    if (Date.now() > deadline) throw failure(places.name, `processes ${alive.join(", ")} do not end`);
    await sleep(20);
  }
  await rmdir(`/run/systemd/nspawn/propagate/${places.name}`).catch(() => undefined);
}

/** False while a group is still busy: the kernel empties it a moment after its last process ended. */
async function removeGroups(places: Places): Promise<boolean> {
  if (await underSystemd()) return true;
  for (const group of (await Promise.all((await groups(places)).map(tree))).flat()) {
    try {
      await rmdir(group);
    } catch (error) {
      if (typeof error === "object" && error !== null && "code" in error && error.code === "EBUSY") return false;
      if (!(typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return true;
}
