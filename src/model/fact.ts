/** A question about one subject, asked together with all others of its fact. */
export interface Read<H> {
  readonly fact: Fact<H>;
  readonly subject: string;
}

/**
 * A question asked of a host for many subjects at once.
 *
 * `script` is constant POSIX sh (coreutils or busybox only); the subjects are its `"$@"`. The variable `booted` is `1` on a
 * running system and empty in an unbooted tree. It must only read, and print the same bytes while the host does not change:
 * the transaction compares digests of the output.
 */
export interface FactSpec<H> {
  /** The file's name, for example `files`. */
  readonly fact: string;
  readonly script: string;
  /** From the script's output to what is there, one entry per subject. Throws when the output cannot be read. */
  readonly parse: (output: string, subjects: readonly string[]) => ReadonlyMap<string, H>;
}

/** A fact: call it with a subject to ask about it. */
export interface Fact<H> extends FactSpec<H> {
  (subject: string): Read<H>;
}

/** Declares a fact. */
export function defineFact<H>(spec: FactSpec<H>): Fact<H> {
  const fact: Fact<H> = Object.assign((subject: string): Read<H> => ({ fact, subject }), spec);
  return fact;
}
