/** A process of its own that outlives a killed test run and removes the machines that the run left behind. */
import { setTimeout as sleep } from "node:timers/promises";
import { sweepLab } from "./lab.ts";

process.stdin.resume();
process.stdin.once("end", () => {
  // The pipe closes a moment before the process is gone.
  void sleep(500).then(sweepLab);
});
