import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CloudContext } from "#model/cloud.ts";
import { alone } from "./lock.ts";
import { cacheDirectory } from "./places.ts";
import { mortal, tool } from "./run.ts";
import { rightsHere } from "./rights.ts";
import type { Rights } from "./rights.ts";
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

/** What a tree is made from. */
export interface Recipe {
  readonly release: Release;
  readonly include: readonly string[];
  readonly site: Site;
  /** Files that are there before the packages are: path → text. One that begins with `#!` can be run. */
  readonly files: Readonly<Record<string, string>>;
  /** Shell text that ends the making of the tree whose path is "$1". */
  readonly finish: string;
}

/** The recipe of a machine that boots with this machine's kernel, or not at all. */
export const recipeOf = (release: Release, extra: readonly string[], site: Site): Recipe => ({
  release,
  include: [...new Set([...packages, ...extra])].sort(),
  site,
  files: {},
  finish: FINISH,
});

const digestOf = ({ release, include, site, files, finish }: Recipe): string =>
  createHash("sha256")
    .update(JSON.stringify([suites[release], include, site.mirror, site.security, [...site.certificates], dpkgOptions, finish, ...Object.entries(files)]))
    .digest("hex")
    .slice(0, 16);

/** Makes the tree `target` with mmdebstrap(1). */
export async function build(recipe: Recipe, target: string, signal: AbortSignal): Promise<void> {
  const rights = await rightsHere();
  const suite = suites[recipe.release];
  const scratch = await mkdtemp(join(tmpdir(), "steading-lab-"));
  try {
    await mkdir(join(scratch, "certificates"));
    for (const [name, pem] of recipe.site.certificates) await writeFile(join(scratch, "certificates", name), pem);
    await writeFile(join(scratch, "debian.sources"), sources(suite, recipe.site));
    await writeFile(join(scratch, "finish"), recipe.finish);
    for (const [path, content] of Object.entries(recipe.files)) {
      await mkdir(join(scratch, "files", dirname(path)), { recursive: true });
      await writeFile(join(scratch, "files", path), content, { mode: content.startsWith("#!") ? 0o755 : 0o644 });
    }
    const { mirror, security, aptConf } = recipe.site;
    const lines = [`deb ${mirror} ${suite} main`, `deb ${mirror} ${suite}-updates main`, `deb ${security} ${suite}-security main`];
    await tool(
      target,
      [
        ...(rights.builder ?? mortal),
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root",
        "--format=directory",
        `--include=${recipe.include.join(",")}`,
        ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
        '--aptopt=Acquire::Languages "none"',
        ...aptConf.map((line) => `--aptopt=${line.replace(/;$/, "")}`),
        `--skip=${["cleanup/apt/lists", ...rights.skip].join(",")}`,
        ...(Object.keys(recipe.files).length === 0 ? [] : [`--essential-hook=sync-in ${join(scratch, "files")} /`]),
        `--customize-hook=sync-in ${join(scratch, "certificates")} /usr/local/share/ca-certificates`,
        `--customize-hook=copy-in ${join(scratch, "debian.sources")} /etc/apt/sources.list.d`,
        `--customize-hook=sh ${join(scratch, "finish")} "$1"`,
        suite,
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

/** Removes a tree, whoever owns the files in it. */
export const removeTree = async (path: string, rights: Rights): Promise<void> => {
  await tool(path, [...mortal, ...rights.asOwner, "rm", "--recursive", "--force", "--one-file-system", "--", path]);
};

/** Copies a tree with owners, times and attributes. */
export const copyTree = async (from: string, to: string, rights: Rights, signal: AbortSignal): Promise<void> => {
  await tool(to, [...mortal, ...rights.asOwner, "cp", "--archive", "--reflink=auto", "--no-target-directory", from, to], { signal });
};

/** Removes the trees that nobody would use any more. */
async function removeOldTrees(rights: Rights): Promise<void> {
  // An unfinished tree is somebody's work, and its times are those of Debian's packages.
  for (const name of (await readdir(cacheDirectory())).filter((entry) => /^[a-z]+-[0-9a-f]+$/.test(entry))) {
    const path = join(cacheDirectory(), name);
    if ((await ageOf(path)) > MAX_AGE_MS) await removeTree(path, rights);
  }
}

/** The path of what `make` makes from a recipe; makes it where none is fresh. */
export async function cached(recipe: Recipe, context: CloudContext, make: (target: string) => Promise<void>): Promise<string> {
  const path = join(cacheDirectory(), `${suites[recipe.release]}-${digestOf(recipe)}`);
  return alone(path, context.signal, async () => {
    if ((await ageOf(path)) < MAX_AGE_MS) return path;
    const rights = await rightsHere();
    await mkdir(cacheDirectory(), { recursive: true, mode: 0o755 });
    const unfinished = `${path}.unfinished`;
    await removeTree(unfinished, rights);
    try {
      await make(unfinished);
    } catch (error) {
      await removeTree(unfinished, rights);
      throw error;
    }
    await removeTree(path, rights);
    const now = new Date();
    await utimes(unfinished, now, now);
    await rename(unfinished, path);
    await removeOldTrees(rights);
    return path;
  });
}

/** The path of a finished tree; builds it where none is fresh. Takes about 20 s to build, nothing to find. */
export async function cachedRoot(release: Release, extra: readonly string[], site: Site, context: CloudContext): Promise<string> {
  const recipe = recipeOf(release, extra, site);
  return cached(recipe, context, (target) => {
    context.progress(`building a Debian ${release} tree from ${site.mirror} (kept in ${cacheDirectory()})`);
    return build(recipe, target, context.signal);
  });
}

/** Removes every cached tree. */
export const removeCachedRoots = async (): Promise<void> => removeTree(cacheDirectory(), await rightsHere());
