import { appendFileSync } from "node:fs";

/** True in `npm run test:soak`, where slow sweeps go through all they have. */
export const soak: boolean = process.env["STEADING_SOAK"] !== undefined;

/** A number of rounds: few in `npm test`, all in the soak. */
export const rounds = (few: number, all: number): number => (soak ? all : few);

/** Counts a case of a promise as tried, before it is; in the soak each promise is summed up by tests/support/soak-main.ts. */
export const tried = (promise: string, count = 1): void => { note(promise, "tried", count); };

/** Counts a case as held, behind its last check. */
export const held = (promise: string, count = 1): void => { note(promise, "held", count); };

function note(promise: string, word: "tried" | "held", count: number): void {
  const file = process.env["STEADING_SOAK"];
  if (file !== undefined && file.startsWith("/")) appendFileSync(file, `${JSON.stringify({ promise, word, count })}\n`);
}
