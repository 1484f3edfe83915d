import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { cachePath } from "#host/user-places.ts";
import { goProgram } from "#terraform/find.ts";

/** The Go module that pins the provider, which its makers publish by a name that is not its path. */
const MODULE = join(import.meta.dirname, "docker-provider");
const PACKAGE = "github.com/terraform-providers/terraform-provider-docker";

/** The version of the pinned provider, as Go names a commit: `0.0.0-<time>-<commit>`. */
export const providerVersion = /terraform-provider-docker => \S+ v(\S+)/.exec(readFileSync(join(MODULE, "go.mod"), "utf8"))?.[1] ?? "";

/** A folder that is a filesystem mirror with Docker's provider, built once by Go and kept in the user's cache; undefined where that fails. */
export async function dockerMirror(): Promise<string | undefined> {
  const mirror = cachePath("tests/docker-provider");
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch;
  const place = join(mirror, `registry.opentofu.org/kreuzwerker/docker/${providerVersion}/linux_${arch}/terraform-provider-docker_v${providerVersion}`);
  if (existsSync(place)) return mirror;
  const go = goProgram();
  if (go === undefined) return undefined;
  mkdirSync(dirname(place), { recursive: true });
  const unfinished = join(mirror, `unfinished.${process.pid.toString()}`);
  const made = await execa(go, ["build", "-mod=readonly", "-trimpath", "-ldflags", "-s -w", "-o", unfinished, PACKAGE], { cwd: MODULE, reject: false, stdin: "ignore", env: { CGO_ENABLED: "0" } });
  if (made.failed) return undefined;
  renameSync(unfinished, place);
  chmodSync(place, 0o755);
  return mirror;
}

/** A Podman of its own: its storage, its socket. */
export interface Podman {
  /** As Docker's provider takes it. */
  readonly host: string;
  /** Runs podman(1) on the same storage; its output. Throws when it fails. */
  run(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Podman's service (podman-system-service(1)), which speaks Docker's protocol, and waits until it listens. */
export async function startPodman(): Promise<Podman> {
  const directory = mkdtempSync(join(tmpdir(), "steading-podman-"));
  const socket = join(directory, "podman.sock");
  const own = ["--root", join(directory, "root"), "--runroot", join(directory, "run"), "--tmpdir", join(directory, "tmp"), "--network-config-dir", join(directory, "networks"), "--storage-driver", "vfs"];
  const service = spawn("podman", [...own, "system", "service", "--time=0", `unix://${socket}`], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => service.once("close", resolve));
  const stop = async (): Promise<void> => {
    service.kill("SIGTERM");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries === 100 || service.exitCode !== null) {
      await stop();
      throw new Error("Podman's service does not start");
    }
    await sleep(100);
  }
  return { host: `unix://${socket}`, run: async (...args) => (await execa("podman", [...own, ...args])).stdout, stop };
}
