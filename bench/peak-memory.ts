import { writeFileSync } from "node:fs";

/** Loaded before a program with `--import`: writes the most memory it ever held, in bytes, when it exits. */
const to = process.env["STEADING_BENCH_PEAK"];
// maxRSS is in kilobytes (getrusage(2)).
if (to !== undefined) process.on("exit", () => writeFileSync(to, String(process.resourceUsage().maxRSS * 1024)));
