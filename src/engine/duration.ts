import { Issues } from "#model/issue.ts";

const UNITS: { readonly [unit: string]: number } = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Seconds of a duration as Go writes it: `1h30m`, `1.5s` (Go's time.ParseDuration). Throws `Issues`. */
export function durationSeconds(text: string, at: string, path: string): number {
  const digits = text.replace(/^[-+]/, "");
  let seconds = 0;
  PART.lastIndex = 0;
  let end = 0;
  for (let part = PART.exec(digits); part !== null; part = PART.exec(digits)) {
    seconds += Number(part[1]) * (UNITS[part[2] ?? ""] ?? 0);
    end = PART.lastIndex;
  }
  if ((end === 0 || end < digits.length) && digits !== "0")
    throw new Issues([{ code: "duration.invalid", at, path, message: `${JSON.stringify(text)} is not a duration`, fix: "write it like 90s, 5m or 1h30m" }]);
  return text.startsWith("-") ? -seconds : seconds;
}
