import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Takes the abstract socket `name` (unix(7)): the kernel allows one holder and lets go when that process ends, however it ends. */
async function take(name: string): Promise<(() => void) | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if ("code" in error && error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => {
      resolve(() => server.close());
    });
  });
}

/** Runs `work` while no other process of this machine runs work under the same name. Waits its turn; leaves nothing behind. */
export async function alone<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const release = await take(`steading-lab/${name}`);
    if (release === undefined) {
      await sleep(100, undefined, { signal });
      continue;
    }
    try {
      return await work();
    } finally {
      release();
    }
  }
}
