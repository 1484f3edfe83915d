import { copyFile, link, mkdir, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { Issues } from "#model/issue.ts";
import type { StackPlace } from "#engine/backend.ts";
import { newCheckpoint, openCheckpoint, parseCheckpoint } from "#engine/checkpoint.ts";
import type { Checkpoint } from "#engine/checkpoint.ts";
import { inOnePiece, orUnwritable, temporaryName, unlessMissing, writeDurably } from "#engine/durable-write.ts";
import { GroupCommit } from "#engine/group-commit.ts";
import { checkIntegrity } from "#engine/integrity.ts";
import type { Snapshot } from "#engine/snapshot.ts";
import type { Crypters } from "#engine/state-secrets.ts";

const COMPRESSED = [".gz", ".zst"] as const;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Text of a file that may be compressed; told by its first bytes, as the CLI does. */
async function plainText(bytes: Buffer): Promise<string> {
  if (bytes.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return (await promisify(gunzip)(bytes)).toString("utf8");
  if (bytes.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC)) return (await promisify(zstdDecompress)(bytes)).toString("utf8");
  return bytes.toString("utf8");
}

/** The variant of the checkpoint that was written last; undefined when there is none. */
async function newestVariant(place: StackPlace): Promise<string | undefined> {
  const variants = await Promise.all(
    ["", ...COMPRESSED].map(async (ending) => {
      const path = `${place.checkpoint}${ending}`;
      const found = await unlessMissing(stat(path));
      return found === undefined ? [] : [{ path, at: found.mtimeMs }];
    }),
  );
  return variants.flat().sort((a, b) => b.at - a.at)[0]?.path;
}

/** A newer CLI that was interrupted left a journal: only it can replay it. */
async function refuseJournal(place: StackPlace): Promise<void> {
  const names = (await unlessMissing(readdir(place.journal))) ?? [];
  if (names.some((name) => !name.endsWith(".attrs")))
    throw new Issues([
      { code: "state.journal", at: place.journal, path: "", message: "the Pulumi CLI was interrupted and left a journal", fix: "run `pulumi refresh` once, which replays it" },
    ]);
}

/**
 * Reads a stack's checkpoint, secrets closed; that of an empty stack when it has none.
 * Throws `Issues` when it is damaged or not known.
 */
export async function readCheckpoint(place: StackPlace): Promise<Checkpoint> {
  const [path] = await Promise.all([newestVariant(place), refuseJournal(place)]);
  if (path === undefined) return newCheckpoint(place.name, place.checkpoint);
  return parseCheckpoint(await plainText(await readFile(path)), path);
}

/** A stack's checkpoint, opened. */
export interface StackFile {
  /** What the file held; undefined for a stack that was never brought up. */
  readonly snapshot: Snapshot | undefined;
  /**
   * Writes the snapshot; resolves when it, or a newer one, is on the disk. Hold the lock. The file's old content goes to
   * `.bak`. Saves during a write become one write.
   */
  readonly save: (snapshot: Snapshot) => Promise<void>;
}

/** Gives a file that is only ever replaced a second name; where the file system cannot, it is copied. */
async function linkOrCopy(path: string, other: string): Promise<void> {
  // A copy into what is left of a killed run might be a copy of the file into itself.
  await rm(other, { force: true });
  const file = await realpath(path);
  await link(file, other).catch(() => copyFile(file, other));
}

async function writeCheckpoint(place: StackPlace, text: string): Promise<void> {
  const { checkpoint } = place;
  await mkdir(dirname(checkpoint), { recursive: true });
  // The current file is kept as `.bak`, which always is a whole file.
  const backup = `${checkpoint}.bak`;
  await unlessMissing(inOnePiece(backup, (temporary) => linkOrCopy(checkpoint, temporary)));
  // rename(2) does nothing when both are names of one file: where the last write came no further than this.
  await rm(temporaryName(backup), { force: true });
  await writeDurably(checkpoint, text);
  // What was compressed is now written plainly; the old variant must not win by its name.
  for (const ending of COMPRESSED) await unlessMissing(rename(`${checkpoint}${ending}`, `${checkpoint}${ending}.bak`));
}

/** Opens a checkpoint's secrets and checks that it is sound. Throws `Issues` when it is not. */
export function openStackFile(place: StackPlace, checkpoint: Checkpoint, crypters: Crypters): StackFile {
  const { snapshot, write } = openCheckpoint(checkpoint, crypters);
  const issues = snapshot === undefined ? [] : checkIntegrity(snapshot, checkpoint.at);
  if (issues.length > 0) throw new Issues(issues);
  const commits = new GroupCommit<Snapshot>((next) => orUnwritable(place.checkpoint, writeCheckpoint(place, write(next))));
  return { snapshot, save: (next) => commits.save(next) };
}

/** Forgets a stack as `pulumi stack rm` does: its checkpoint becomes `.bak`, its history goes. Hold the lock. */
export async function removeStack(place: StackPlace): Promise<void> {
  for (const ending of ["", ...COMPRESSED]) {
    const path = `${place.checkpoint}${ending}`;
    await unlessMissing(rename(path, `${path}.bak`));
    await rm(`${path}.attrs`, { force: true });
  }
  await rm(place.history, { recursive: true, force: true });
}
