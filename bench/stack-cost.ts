import { writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/** What one run of a stack took. */
export interface StackCost {
  /** Seconds of processor time, in the program and for it in the kernel. */
  readonly processorSeconds: number;
  /** Bytes of memory at most. */
  readonly peakMemory: number;
  /** How often the state was written. */
  readonly stateWrites: number;
  /** Bytes of all those writes. */
  readonly stateBytes: number;
}

/** Loaded before a program with `--import`: writes a `StackCost` as JSON when it exits. */
const to = process.env["STEADING_BENCH_COST"];
const IS_STATE = /\/stacks\/[^/]+\/[^/]+\.json$/;
const { rename } = fs;
let [stateWrites, stateBytes] = [0, 0];

if (to !== undefined) {
  // Every write of a state ends in a rename to its name.
  fs.rename = async (from, name) => {
    if (IS_STATE.test(String(name))) {
      stateWrites += 1;
      stateBytes += (await fs.stat(from)).size;
    }
    await rename(from, name);
  };
  syncBuiltinESMExports();
  process.on("exit", () => {
    // Microseconds and kilobytes (getrusage(2)).
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const cost: StackCost = { processorSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMemory: maxRSS * 1024, stateWrites, stateBytes };
    writeFileSync(to, JSON.stringify(cost));
  });
}
