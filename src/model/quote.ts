/** Words that mean themselves everywhere: zsh reads `=ls` as a path, fish `%self` as a number, and `a=b` may be an assignment. */
const plain = /^([\w@+:,./][\w@%+:,./-]*|-[\w@%+=:,./-]*)$/;

/**
 * One shell word that any POSIX shell, zsh and fish read back as exactly `word`. The only place where text becomes shell.
 * Backslashes stand outside the single quotes, as fish reads them inside.
 * Throws a RangeError for what no argument can hold: a NUL byte, half a surrogate pair.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new RangeError("an argument cannot hold a NUL byte");
  if (!word.isWellFormed()) throw new RangeError("an argument cannot hold half a surrogate pair");
  if (plain.test(word)) return word;
  return `'${word.replaceAll(/['\\]/g, "'\\$&'")}'`;
}

/** A command line of quoted words. */
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(" ");
