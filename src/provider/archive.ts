import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, posix, resolve } from "node:path";
import { ARCHIVE, isObject, SIGNATURE } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { TAR_END, tarHeader, tarPadding } from "#host/tar.ts";

/** A file or directory of an archive. */
export interface Member {
  /** Its path in the archive. */
  readonly name: string;
  /** What is in a file, or the file here that has it. */
  readonly content: { readonly text: string } | { readonly path: string };
  /** Permissions. */
  readonly mode: number;
  readonly isDirectory: boolean;
}

/** What Pulumi takes for an archive, by its name (sdk/go/common/resource/archive, `detectArchiveFormat`). */
const ARCHIVE_FILE = /\.(jar|tar|tgz|tar\.gz|zip)$/;

/** Pulumi's own directory, which is in no archive. */
const BOOKKEEPING = ".pulumi";

/** Members are hashed with these permissions, whatever they have. */
const HASHED_MODE = 0o600;

/** An archive that Pulumi's CLI can read, and we cannot. */
export class UnreadableArchive extends Error {}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * What is below a directory, each directory before what is in it. A link to a file is that file; one to a directory is left out.
 *
 * @param without - what is left out too, by its own name
 */
async function* below(directory: string, without?: string, prefix = ""): AsyncGenerator<Member> {
  const entries = (await readdir(directory, { withFileTypes: true })).sort((a, b) => byBytes(a.name, b.name));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    const found = await stat(path);
    if (entry.name === without || (entry.isSymbolicLink() && found.isDirectory())) continue;
    const name = prefix + entry.name;
    yield { name, content: { path }, mode: found.mode & 0o777, isDirectory: found.isDirectory() };
    if (found.isDirectory()) yield* below(path, without, `${name}/`);
  }
}

/** The files of an archive, in the order of their hash. Relative paths start in `directory`. Throws `UnreadableArchive`. */
async function* membersOf({ path, uri, assets }: JsonObject, directory: string): AsyncGenerator<Member> {
  if (typeof path === "string") {
    if (ARCHIVE_FILE.test(path)) throw new UnreadableArchive("archive files inside another archive");
    for await (const member of below(resolve(directory, path), BOOKKEEPING)) if (!member.isDirectory) yield member;
    return;
  }
  if (typeof uri === "string") throw new UnreadableArchive("archives that are fetched from a URL");
  const named = isObject(assets) ? Object.entries(assets).sort(([a], [b]) => byBytes(a, b)) : [];
  for (const [name, inner] of named) {
    if (!isObject(inner)) continue;
    if (inner[SIGNATURE] === ARCHIVE) for await (const member of membersOf(inner, directory)) yield { ...member, name: posix.join(name, member.name) };
    else if (typeof inner["uri"] === "string") throw new UnreadableArchive("assets that are fetched from a URL");
    else yield { name, content: typeof inner["path"] === "string" ? { path: resolve(directory, inner["path"]) } : { text: typeof inner["text"] === "string" ? inner["text"] : "" }, mode: HASHED_MODE, isDirectory: false };
  }
}

/** Whoever may run a file here may run it there; that, as in a copy by scp(1), is all that goes along. */
const copiedMode = ({ mode, isDirectory }: Member): number => (isDirectory || (mode & 0o111) !== 0 ? 0o755 : 0o644);

/** A directory, or assets by their names, as a tar file to unpack elsewhere. Relative paths start in `directory`. Throws `UnreadableArchive`. */
export async function* copyOf(archive: JsonObject, directory: string): AsyncGenerator<Buffer> {
  const { path } = archive;
  const members = typeof path === "string" ? below(resolve(directory, path)) : membersOf(archive, directory);
  yield* tarOf(members, copiedMode);
}

/** Members as a tar file, piece by piece. Throws an Error for a file that grows or shrinks meanwhile. */
async function* tarOf(members: AsyncIterable<Member>, modeOf: (member: Member) => number): AsyncGenerator<Buffer> {
  for await (const member of members) {
    const { name, content, isDirectory } = member;
    const size = isDirectory ? 0 : "text" in content ? Buffer.byteLength(content.text) : (await stat(content.path)).size;
    yield tarHeader({ name, size, mode: modeOf(member), isDirectory });
    if (isDirectory) continue;
    if ("text" in content) yield Buffer.from(content.text);
    else yield* exactly(content.path, size);
    yield tarPadding(size);
  }
  yield TAR_END;
}

async function* exactly(path: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    read += piece.length;
    yield piece;
  }
  if (read !== size) throw new Error(`${path} changed while it was read`);
}

/** The first of each name. */
async function* distinct(members: AsyncIterable<Member>): AsyncGenerator<Member> {
  const seen = new Set<string>();
  for await (const member of members) {
    if (seen.has(member.name)) continue;
    seen.add(member.name);
    yield member;
  }
}

/**
 * The hash of an archive as Pulumi has it: of the bytes of an archive file, of anything else of a tar file of its members.
 * Throws `UnreadableArchive` for what is fetched from a URL, and for archive files in others.
 */
export async function archiveHash(archive: JsonObject, directory: string): Promise<string> {
  const hash = createHash("sha256");
  const path = archive["path"];
  const isFile = typeof path === "string" && ARCHIVE_FILE.test(path);
  const pieces: AsyncIterable<Buffer> = isFile ? createReadStream(resolve(directory, path)) : tarOf(distinct(membersOf(archive, directory)), () => HASHED_MODE);
  for await (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}
