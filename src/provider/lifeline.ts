import { fstatSync } from "node:fs";
import { connect } from "node:net";

/**
 * Calls `end` when the engine that started this process is gone: at the end of stdin where that is a pipe, which the engine
 * holds open; otherwise when nobody listens at the engine's address any more. A killed engine would leave its plugins for ever.
 *
 * @param engine - `host:port`; without it only stdin counts
 */
export function watchEngine(engine: string | undefined, end: () => void): void {
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) {
    process.stdin.on("end", end).on("error", end).resume();
    return;
  }
  if (engine === undefined) return;
  const colon = engine.lastIndexOf(":");
  const [host, port] = [engine.slice(0, colon), Number(engine.slice(colon + 1))];
  const poll = setInterval(() => {
    const socket = connect({ host, port });
    socket.setTimeout(3000);
    socket.once("connect", () => socket.destroy());
    socket.once("timeout", () => socket.destroy());
    socket.once("error", () => {
      clearInterval(poll);
      end();
    });
  }, 5000);
  poll.unref();
}
