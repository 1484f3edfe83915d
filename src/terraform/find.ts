import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cachePath } from "#host/user-places.ts";
import { isProgram, programOnPath } from "#host/programs.ts";
import { Issues } from "#model/issue.ts";

/** The Go module that pins OpenTofu; from here and from the bundled provider it is as far. */
const TOOLS = fileURLToPath(new URL("../../tools/", import.meta.url));

const PACKAGE = "github.com/opentofu/opentofu";

/** The first with a lock on its cache of providers (OpenTofu's CHANGELOG, 1.10.0); encryption of the state is older. */
const OLDEST = [1, 10] as const;

const missing = (at: string, message: string, fix: string): Issues => new Issues([{ code: "tofu.missing", at, path: "tofu", message, fix }]);

/** The version that `tools/go.mod` pins, for example `1.12.6`. */
const pinnedVersion = (): string => new RegExp(`${PACKAGE} v(\\S+)`).exec(readFileSync(join(TOOLS, "go.mod"), "utf8"))?.[1] ?? "";

/** Where an OpenTofu of Steading's own is, or would be. */
const builtTofu = (): string => cachePath("tofu", pinnedVersion(), "tofu");

/** Where Go's own instructions put it (go.dev/doc/install). */
export const goProgram = (): string | undefined => programOnPath("go") ?? ["/usr/local/go/bin/go"].find(isProgram);

const building = new Map<string, Promise<void>>();

async function build(at: string, place: string): Promise<void> {
  const go = goProgram();
  if (go === undefined) throw missing(at, "there is no go on the PATH, which builds OpenTofu", "apt-get install golang, or install OpenTofu: https://opentofu.org/docs/intro/install/");
  await mkdir(dirname(place), { recursive: true });
  const unfinished = `${place}.${process.pid.toString()}`;
  const argv = ["build", "-mod=readonly", "-trimpath", "-ldflags", `-s -w -X ${PACKAGE}/version.dev=no`, "-o", unfinished, `${PACKAGE}/cmd/tofu`];
  const made = await execa(go, argv, { cwd: TOOLS, reject: false, stdin: "ignore", env: { CGO_ENABLED: "0" } });
  if (made.failed) throw missing(at, `OpenTofu could not be built: ${made.stderr.trim().split("\n").slice(-5).join("\n")}`, "see that the Go module proxy answers, or install OpenTofu: https://opentofu.org/docs/intro/install/");
  await rename(unfinished, place);
}

/** The OpenTofu that `tools/go.mod` pins; built once, kept in the user's cache. */
async function ownTofu(at: string, progress: (line: string) => void): Promise<string> {
  const place = builtTofu();
  if (!existsSync(place)) {
    if (!building.has(place)) progress(`building OpenTofu ${pinnedVersion()} into ${dirname(place)}; this takes some minutes`);
    const made = building.get(place) ?? build(at, place);
    building.set(place, made);
    await made.finally(() => building.delete(place));
  }
  return place;
}

function candidate(wanted: string | undefined, at: string): string {
  if (wanted !== undefined) {
    if (isProgram(wanted)) return wanted;
    throw missing(at, `${wanted} is no program`, 'the file of tofu, or tofu: "build"');
  }
  const found = programOnPath("tofu") ?? [builtTofu()].find(isProgram);
  if (found !== undefined) return found;
  throw missing(at, "there is no tofu on the PATH", 'install OpenTofu (https://opentofu.org/docs/intro/install/), or tofu: "build" for one that Go builds');
}

const looked = new Map<string, Promise<string>>();

async function firstLine(program: string): Promise<string> {
  const { stdout } = await execa(program, ["version"], { reject: false, stdin: "ignore", env: { CHECKPOINT_DISABLE: "1" } });
  return /^\w.*\bv?\d+\.\d+.*$/m.exec(stdout)?.[0] ?? "no version";
}

/** Refuses what is not OpenTofu, and what is too old. */
async function checked(program: string, at: string): Promise<string> {
  const line = await (looked.get(program) ?? looked.set(program, firstLine(program)).get(program) ?? "");
  const [, major, minor] = /^OpenTofu v(\d+)\.(\d+)/.exec(line) ?? [];
  const fits = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
  if (!fits) throw missing(at, `${program} says ${line}, and OpenTofu ${OLDEST.join(".")} or newer is needed`, 'install OpenTofu (https://opentofu.org/docs/intro/install/), or tofu: "build" for one that Go builds');
  return program;
}

/**
 * The `tofu` to run. Throws Issues that say what to type where there is none, or it is none.
 *
 * @param wanted - its file; `build` for one of Steading's own; undefined for that of the PATH, or one that was built before
 * @param at - who asks, for messages
 */
export const findTofu = async (wanted: string | undefined, at: string, progress: (line: string) => void): Promise<string> =>
  checked(wanted === "build" ? await ownTofu(at, progress) : candidate(wanted, at), at);
