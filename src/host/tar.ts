/** One file of an archive. */
export interface Entry {
  readonly path: string;
  readonly mode: string;
  readonly bytes: Buffer;
}

const BLOCK = 512;

/** A ustar archive (POSIX pax(1), ustar interchange format) of root-owned regular files. Paths up to 100 bytes. */
export function archive(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(({ path, mode, bytes }) => [header(path, mode, bytes.length), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]), Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, mode: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(path) > 100) throw new RangeError(`path too long for ustar: ${path}`);
  const octal = (value: number, width: number) => value.toString(8).padStart(width, "0");
  block.write(path, 0);
  block.write(octal(Number.parseInt(mode, 8), 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  block.write("root", 265);
  block.write("root", 297);
  block.write(`${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148);
  return block;
}
