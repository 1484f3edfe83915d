/** What the command's exit status says. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** A preview found changes. */
  pending: 2,
} as const;
