import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alone } from "./lock.ts";
import { cacheDirectory } from "./places.ts";
import { mortal, tool } from "./run.ts";
import type { Site } from "./site.ts";

/** Debian's code name of each release that a lab machine can have. */
export const suites = { 12: "bookworm", 13: "trixie" } as const;

/** A release that a lab machine can have. */
export type Release = keyof typeof suites;

/** What every lab machine has: what Debian's installer puts on any machine and that Steading or its kinds call. */
const packages = [
  "systemd-sysv",
  "dbus",
  "libpam-systemd",
  "openssh-server",
  "sudo",
  "iproute2",
  "nftables",
  "kmod",
  "procps",
  "ca-certificates",
] as const;

/** A cached tree older than this is built anew, so that its package lists still name versions that the mirror has. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;

const dpkgOptions = ["path-exclude=/usr/share/man/*", "path-exclude=/usr/share/locale/*", "path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright", "force-unsafe-io"];

const sources = (suite: string, site: Site): string => `Types: deb
URIs: ${site.mirror}
Suites: ${suite} ${suite}-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: ${site.security}
Suites: ${suite}-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

/** Runs inside the new tree (its path is "$1"): trusts our certificates, adds `admin`, forgets what must differ per machine. */
const FINISH = `set -eu
chroot "$1" update-ca-certificates >/dev/null
chroot "$1" useradd --create-home --shell /bin/bash admin
printf 'admin ALL=(ALL:ALL) NOPASSWD: ALL\\n' > "$1/etc/sudoers.d/steading-lab"
chmod 0440 "$1/etc/sudoers.d/steading-lab"
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/apt/sources.list" "$1/etc/hostname" "$1/etc/resolv.conf"
`;

interface Recipe {
  readonly suite: string;
  readonly include: readonly string[];
  readonly site: Site;
}

const recipeOf = (release: Release, extra: readonly string[], site: Site): Recipe => ({
  suite: suites[release],
  include: [...new Set([...packages, ...extra])].sort(),
  site,
});

const digestOf = ({ suite, include, site }: Recipe): string =>
  createHash("sha256")
    .update(JSON.stringify([suite, include, site.mirror, site.security, [...site.certificates], dpkgOptions, FINISH]))
    .digest("hex")
    .slice(0, 16);

/** Everything runs in namespaces that end with it: whatever kills the build, no process and no mount of it stays. */
const contained = [...mortal, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

async function build(recipe: Recipe, target: string, signal: AbortSignal): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "steading-lab-"));
  try {
    await mkdir(join(scratch, "certificates"));
    for (const [name, pem] of recipe.site.certificates) await writeFile(join(scratch, "certificates", name), pem);
    await writeFile(join(scratch, "debian.sources"), sources(recipe.suite, recipe.site));
    await writeFile(join(scratch, "finish"), FINISH);
    const { mirror, security, aptConf } = recipe.site;
    const lines = [`deb ${mirror} ${recipe.suite} main`, `deb ${mirror} ${recipe.suite}-updates main`, `deb ${security} ${recipe.suite}-security main`];
    await tool(
      target,
      [
        ...contained,
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root",
        "--format=directory",
        `--include=${recipe.include.join(",")}`,
        ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
        '--aptopt=Acquire::Languages "none"',
        ...aptConf.map((line) => `--aptopt=${line.replace(/;$/, "")}`),
        "--skip=cleanup/apt/lists",
        `--customize-hook=sync-in ${join(scratch, "certificates")} /usr/local/share/ca-certificates`,
        `--customize-hook=copy-in ${join(scratch, "debian.sources")} /etc/apt/sources.list.d`,
        `--customize-hook=sh ${join(scratch, "finish")} "$1"`,
        recipe.suite,
        target,
        ...lines,
      ],
      { signal },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const ageOf = async (path: string): Promise<number> => stat(path).then((found) => Date.now() - found.mtimeMs, () => Number.POSITIVE_INFINITY);

/** The path of a finished tree; builds it where none is fresh. Takes about 20 s to build, nothing to find. */
export async function cachedRoot(release: Release, extra: readonly string[], site: Site, progress: (line: string) => void, signal: AbortSignal): Promise<string> {
  const recipe = recipeOf(release, extra, site);
  const path = join(cacheDirectory(), `${recipe.suite}-${digestOf(recipe)}`);
  return alone(path, signal, async () => {
    if ((await ageOf(path)) < MAX_AGE_MS) return path;
    progress(`building a Debian ${String(release)} tree from ${site.mirror} (kept in ${path})`);
    await mkdir(cacheDirectory(), { recursive: true, mode: 0o755 });
    const unfinished = `${path}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await build(recipe, unfinished, signal);
    await rm(path, { recursive: true, force: true });
    const now = new Date();
    await utimes(unfinished, now, now);
    await rename(unfinished, path);
    return path;
  });
}

/** Removes every cached tree. */
export async function removeCachedRoots(): Promise<void> {
  for (const name of await readdir(cacheDirectory()).catch((): string[] => [])) {
    await rm(join(cacheDirectory(), name), { recursive: true, force: true });
  }
  await rm(cacheDirectory(), { recursive: true, force: true });
}
