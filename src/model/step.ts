/** One thing to do on a host, as data. Every step may be run twice. */
export type Step = WriteFile | MakeDirectory | MakeSymlink | Remove | Restore | Run;

/** Who owns a path and with what permission bits. */
export interface Ownership {
  /** Octal, for example `0644`. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
}

/** Replaces a file as a whole: written beside it, flushed, renamed over it. */
export interface WriteFile extends Ownership {
  readonly do: "write-file";
  readonly path: string;
  /** Text, or bytes in base64. */
  readonly content: string;
  readonly encoding: "utf8" | "base64";
  /** The host's own check of the staged content; `{}` stands for the staged file's path. */
  readonly prove?: readonly string[];
}

/** Makes a directory or corrects its owner and mode. */
export interface MakeDirectory extends Ownership {
  readonly do: "make-directory";
  readonly path: string;
}

/** Makes a symbolic link, replacing a file or link that is there. */
export interface MakeSymlink {
  readonly do: "make-symlink";
  readonly path: string;
  readonly target: string;
}

/** Removes a file, a link, or an empty directory. */
export interface Remove {
  readonly do: "remove";
  readonly path: string;
}

/** Brings a path back as it was before the first touch: bytes, mode, owner, or absence. Only in undo. */
export interface Restore {
  readonly do: "restore";
  readonly path: string;
}

/** Runs a command: argument by argument, never through a shell's eyes. */
export interface Run {
  readonly do: "run";
  readonly argv: readonly string[];
  /** What the command reads, never in argv; secrets belong here. */
  readonly stdin?: string;
  readonly env?: { readonly [name: string]: string };
  /** Exit codes that count as done. @defaultValue `[0]` */
  readonly exitCodes?: readonly number[];
  /** Neighbouring runs that are equal but for `each` become one command with all of their `each` at the end. */
  readonly each?: readonly string[];
  /** Runs at most once in a transaction, whoever asks for it. */
  readonly once?: boolean;
  /** Needs a running system: left out on an unbooted tree. */
  readonly running?: boolean;
}

/** Replaces a file as a whole. Root-owned 0644 text unless told otherwise. */
export const writeFile = (
  path: string,
  content: string,
  options: Partial<Ownership> & Pick<WriteFile, "prove"> & { encoding?: "utf8" | "base64" } = {},
): WriteFile => ({
  do: "write-file",
  path,
  content,
  encoding: options.encoding ?? "utf8",
  mode: options.mode ?? "0644",
  owner: options.owner ?? "root",
  group: options.group ?? "root",
  ...(options.prove === undefined ? {} : { prove: options.prove }),
});

/** Makes a directory. Root-owned 0755 unless told otherwise. */
export const makeDirectory = (path: string, options: Partial<Ownership> = {}): MakeDirectory => ({
  do: "make-directory",
  path,
  mode: options.mode ?? "0755",
  owner: options.owner ?? "root",
  group: options.group ?? "root",
});

/** Makes a symbolic link. */
export const makeSymlink = (path: string, target: string): MakeSymlink => ({ do: "make-symlink", path, target });

/** Removes a file, a link, or an empty directory. */
export const remove = (path: string): Remove => ({ do: "remove", path });

/** Brings a path back as it was before the first touch. */
export const restore = (path: string): Restore => ({ do: "restore", path });

/** Runs a command. */
export const run = (argv: readonly string[], options: Omit<Run, "do" | "argv"> = {}): Run => ({ do: "run", argv, ...options });
