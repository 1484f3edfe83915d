import { relative } from "node:path";

/** Where the command was typed: while a program runs, the process is in its project. */
const HERE = process.cwd();

/** A place in a file, `file:line:column`, as whoever typed the command finds it: from the working directory. */
export const placeHere = (at: string): string => (/^\/.*:\d+:\d+$/s.test(at) ? relative(HERE, at) : at);
