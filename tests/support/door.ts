import { createServer, connect } from "node:net";
import type { Server, Socket } from "node:net";

/** What a door does: lets through, refuses, or takes a connection and never says a word. */
export type DoorState = "open" | "shut" | "silent";

/** A port before another one, so that a host can go away and come back. */
export interface Door {
  readonly port: number;
  /** Connections that came while it was silent, since it was set so. */
  readonly waited: () => number;
  /** Ends the connections that stand. */
  readonly set: (state: DoorState) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Makes an open door to a port of an address of this machine. */
export async function makeDoor(address: string, target: number): Promise<Door> {
  const sockets = new Set<Socket>();
  let state: DoorState = "open";
  let waited = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  };
  const server: Server = createServer((socket) => {
    keep(socket);
    if (state === "silent") {
      waited += 1;
      socket.resume();
      return;
    }
    const inner = keep(connect(target, address));
    socket.pipe(inner).pipe(socket);
    socket.once("close", () => inner.destroy());
    inner.once("close", () => socket.destroy());
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, address, resolve));
  const shut = async (): Promise<void> => {
    const closed = server.listening ? new Promise<void>((resolve) => server.close(() => { resolve(); })) : Promise.resolve();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const at = server.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  return {
    port,
    waited: () => waited,
    async set(next) {
      await shut();
      state = next;
      waited = 0;
      if (next !== "shut") await listen(port);
    },
    remove: shut,
  };
}
