import { readFileSync } from "node:fs";
import { labContainer, labMachines, labObstacles } from "#clouds/lab-container.ts";
import type { LabContainerProps } from "#clouds/lab-container.ts";
import { labVm as vmCloud, labVms, vmObstacles } from "#clouds/lab-vm.ts";
import type { LabVmProps } from "#clouds/lab-vm.ts";
import type { Cloud, CloudContext, Machine } from "#model/cloud.ts";
import type { SshConnection } from "#model/connection.ts";
import { execa } from "execa";

/** What the cloud is given in tests: nobody watches, nobody interrupts. */
export const quietly: CloudContext = { progress: () => undefined, signal: new AbortController().signal };

/** When the process with that number started, in clock ticks since boot (proc_pid_stat(5), field 22); undefined when there is none. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid.toString()}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[19];
  } catch {
    return undefined;
  }
}

/** The name of a test machine: it says which process made it, so that the machines of a killed run can be told. */
export const ownName = (label: string): string => `t-${process.pid.toString()}-${startOf(process.pid) ?? "0"}-${label}`;

/** Removes the test machines whose process is gone, however it ended. */
export async function sweepLab(): Promise<void> {
  for (const [cloud, names] of [[labContainer, await labMachines()], [vmCloud, await labVms()]] as const)
    for (const name of names) {
      const [, pid, start] = /^t-(\d+)-(\d+)-/.exec(name) ?? [];
      if (pid !== undefined && startOf(Number(pid)) !== start) await cloud.destroy(name, quietly);
    }
}

/** Why no lab machine can be booted here, in one line; undefined when it can. For `describeUnless`. */
export const labObstacle = async (): Promise<string | undefined> => (await labObstacles())[0]?.message;

/** The same for a virtual machine, however it is to start. */
export const vmObstacle = async (): Promise<string | undefined> => [...(await vmObstacles()), ...((await vmCloud.limits?.()) ?? [])][0]?.message;

/** A machine of the test file that asks for it. */
export interface LabMachine {
  readonly name: string;
  /** The way in; only once the tests run. */
  readonly connection: () => SshConnection;
}

/** Waits for the end of this process, then sweeps. Its stdin is a pipe that only this process holds open. */
function watch(): () => Promise<void> {
  const watcher = execa(process.execPath, [new URL("lab-watch.ts", import.meta.url).pathname], {
    detached: true,
    cleanup: false,
    reject: false,
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
  });
  watcher.unref();
  return async () => {
    watcher.stdin.end();
    await watcher;
  };
}

function machineOf<P extends object>(cloud: Cloud<P>, name: string, want: P, patienceMs: number): LabMachine {
  let machine: Machine | undefined;
  let unwatch: (() => Promise<void>) | undefined;
  // Jest does not end what took too long, and nothing is destroyed while it is made.
  const making = new AbortController();
  beforeAll(async () => {
    await sweepLab();
    unwatch = watch();
    machine = await cloud.create(name, want, { ...quietly, signal: making.signal });
  }, patienceMs);
  afterAll(async () => {
    making.abort();
    await cloud.destroy(name, quietly);
    await unwatch?.();
  }, 60_000);
  return {
    name,
    connection: () => {
      if (machine?.connection.via !== "ssh") throw new Error(`${name} was not booted`);
      return machine.connection;
    },
  };
}

/**
 * A booted Debian machine for the tests of one `describe`: made before them, gone after them, also when they fail or the
 * process is killed. Call it inside `describe`, behind `describeUnless(labObstacle === undefined, …)`.
 */
export function labMachine(release: 12 | 13, options: { label?: string } & Omit<LabContainerProps, "release" | "booted"> = {}): LabMachine {
  const { label = release.toString(), ...want } = options;
  return machineOf(labContainer, ownName(label), { release, ...want }, 240_000);
}

/**
 * The same with its own kernel: a virtual machine, up in about 15 s on an idle machine, in minutes on a busy one.
 * Call it inside `describe`, behind `describeUnless(vmObstacle === undefined, …)`; give tests that restart it `VM_PATIENCE_MS`.
 */
export function labVm(release: 12 | 13, options: { label?: string } & Omit<LabVmProps, "release"> = {}): LabMachine {
  const { label = `vm-${release.toString()}`, ...want } = options;
  return machineOf(vmCloud, ownName(label), { release, ...want }, VM_PATIENCE_MS);
}

/** How long making or restarting a virtual machine may take: emulated, on a busy machine. */
export const VM_PATIENCE_MS = 600_000;
