import { Option } from "commander";

/** An option that may be given many times. */
export const repeated = (flags: string, description: string): Option => new Option(flags, description).argParser((value: string, before: readonly string[]) => [...before, value]).default([], "none");
