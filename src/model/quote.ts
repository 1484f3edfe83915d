/**
 * One shell word that any POSIX shell, and fish, reads back as exactly `word`. The only place where text becomes shell.
 * Backslashes stand outside the single quotes, as fish reads them inside.
 * Throws a RangeError for a NUL byte, which no argument can hold.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new RangeError("an argument cannot hold a NUL byte");
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll(/['\\]/g, "'\\$&'")}'`;
}

/** A command line of quoted words. */
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(" ");
