import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Reads a file of /proc; empty when the process is gone, or none of ours. */
function text(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

const forms = (secret: string): readonly string[] => [Buffer.from(secret).toString("latin1"), Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1), encodeURIComponent(secret)];

/**
 * Looks, as often as it can, for texts in the arguments and the environment of every process of this machine, that is also of
 * the lab machines on it, until `end`, which tells where some were seen. This process itself does not count: it knows them.
 */
export function watchProcesses(secrets: readonly string[]): { readonly end: () => Promise<{ readonly rounds: number; readonly seen: readonly string[] }> } {
  const wanted = [...new Set(secrets.flatMap(forms))];
  const seen = new Set<string>();
  const own = process.pid.toString();
  let rounds = 0;
  const over = new AbortController();
  const look = (): void => {
    for (const pid of readdirSync("/proc"))
      if (/^\d+$/.test(pid) && pid !== own)
        for (const file of ["cmdline", "environ"]) {
          const content = text(`/proc/${pid}/${file}`);
          if (wanted.some((one) => content.includes(one))) seen.add(`${file} of ${text(`/proc/${pid}/comm`).trim()}`);
        }
    rounds += 1;
  };
  const looking = (async () => {
    while (!over.signal.aborted) {
      look();
      await sleep(2);
    }
  })();
  return {
    async end() {
      over.abort();
      await looking;
      return { rounds, seen: [...seen].sort() };
    },
  };
}
