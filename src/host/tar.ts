/** What is said of one file in a tar archive. */
export interface TarEntry {
  /** Its path, without a slash at the end. */
  readonly name: string;
  /** In bytes; 0 for a directory. */
  readonly size: number;
  /** Permissions. */
  readonly mode: number;
  /** @defaultValue false */
  readonly isDirectory?: boolean;
}

const BLOCK = 512;
/** Lengths of the fields for a path and for what comes before it (POSIX.1, pax, "ustar Interchange Format"). */
const [NAME, PREFIX] = [100, 155];

/** Fills up what has `size` bytes to whole blocks. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** What comes behind the last entry. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** What is one byte, and no NUL. */
const asciiOf = (text: string): string => Array.from(text).filter((character) => character > "\0" && character < "\x80").join("");

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;

/** A path in the two fields that there are for it; undefined where it does not fit. */
function split(name: string): readonly [prefix: string, rest: string] | undefined {
  if (asciiOf(name) !== name) return undefined;
  if (name.length <= NAME) return ["", name];
  const at = name.slice(0, PREFIX + 1).lastIndexOf("/");
  const rest = name.slice(at + 1);
  return at <= 0 || rest.length > NAME || rest === "" ? undefined : [name.slice(0, at), rest];
}

function block(name: string, prefix: string, type: string, { size, mode }: { readonly size: number; readonly mode: number }, devices: string): Buffer {
  const made = Buffer.alloc(BLOCK);
  const put = (at: number, text: string): void => { made.write(text, at, "latin1"); };
  put(0, name.slice(0, NAME));
  if (name.length > NAME && name[NAME - 1] === "/") made[name.slice(0, NAME - 1).replace(/\/+$/, "").length] = 0;
  put(100, octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12));
  put(156, type);
  put(257, "ustar\x0000");
  put(329, devices);
  put(345, prefix);
  put(148, " ".repeat(8));
  put(148, `${octal(made.reduce((sum, byte) => sum + byte, 0), 7)} `);
  return made;
}

/** A record of a path for the header of POSIX.1-2001: its own length is part of it. */
function pathRecord(name: string): Buffer {
  const length = Buffer.byteLength(` path=${name}\n`);
  const digits = String(length + String(length).length).length;
  return Buffer.from(`${(length + digits).toString()} path=${name}\n`);
}

/**
 * The header of an entry, byte for byte as Go's archive/tar writes it for a file of no owner and no time: the hash of an archive
 * in Pulumi's state is that of such a tar file.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const type = entry.isDirectory === true ? "5" : "0";
  const name = entry.isDirectory === true ? `${entry.name}/` : entry.name;
  const devices = octal(0, 8) + octal(0, 8);
  const fields = split(name);
  if (fields !== undefined) return block(fields[1], fields[0], type, entry, devices);
  const record = pathRecord(name);
  const at = name.lastIndexOf("/") + 1;
  const extra = asciiOf(`${name.slice(0, at)}PaxHeaders.0/${name.slice(at)}`).slice(0, NAME).replace(/\/+$/, "");
  return Buffer.concat([block(extra, "", "x", { size: record.length, mode: 0 }, ""), record, tarPadding(record.length), block(asciiOf(name), "", type, entry, devices)]);
}

/** One file that goes to a host. */
export interface Entry {
  readonly path: string;
  /** In octal digits. */
  readonly mode: string;
  readonly bytes: Buffer;
}

/** A ustar archive (POSIX pax(1), ustar interchange format) of root-owned regular files. Paths up to 100 bytes. */
export function archive(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(({ path, mode, bytes }) => {
    if (Buffer.byteLength(path) > NAME) throw new RangeError(`path too long for ustar: ${path}`);
    return [tarHeader({ name: path, size: bytes.length, mode: Number.parseInt(mode, 8) }), bytes, tarPadding(bytes.length)];
  }), TAR_END]);
}
