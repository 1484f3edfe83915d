import { once } from "node:events";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";

/**
 * Gives QEMU one command over its socket at `path` (QEMU's docs/interop/qmp-spec.rst) and waits until it is taken.
 * An error of the socket or of QEMU is thrown.
 */
export async function qmp(path: string, command: "system_reset" | "system_powerdown"): Promise<void> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    const lines = createInterface(socket)[Symbol.asyncIterator]();
    const answer = async (): Promise<void> => {
      for (;;) {
        const { value, done } = await Promise.race([lines.next(), sleep(10_000, { value: undefined, done: true } as const, { ref: false })]);
        if (done === true) throw new Error(`QEMU does not answer to ${command}`);
        const said = JSON.parse(value) as Json;
        if (isObject(said) && "error" in said) throw new Error(`QEMU refuses ${command}: ${value}`);
        if (isObject(said) && ("return" in said || "QMP" in said)) return;
      }
    };
    await answer();
    for (const execute of ["qmp_capabilities", command]) {
      socket.write(`${JSON.stringify({ execute })}\n`);
      await answer();
    }
  } finally {
    socket.destroy();
  }
}
