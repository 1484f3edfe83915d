import type { HostSession } from "#host/session.ts";
import type { Connection } from "#model/connection.ts";

/** So many idle hosts keep their shared connection for the next exchange or command; each is a process of a few megabytes. */
const KEPT = 64;

/** Exchanges under way, by shared connection. */
const busy = new Map<string, number>();
/** How to close what is idle, longest idle first. */
const idle = new Map<string, () => Promise<void>>();
const closing = new Map<string, Promise<void>>();

/** Runs an exchange over a shared connection; of too many that are idle then, the longest idle ones are closed. */
export async function sharing<T>(connection: string, close: () => Promise<void>, exchange: () => Promise<T>): Promise<T> {
  idle.delete(connection);
  busy.set(connection, (busy.get(connection) ?? 0) + 1);
  try {
    await closing.get(connection);
    return await exchange();
  } finally {
    const others = (busy.get(connection) ?? 1) - 1;
    if (others > 0) busy.set(connection, others);
    else {
      busy.delete(connection);
      idle.set(connection, close);
    }
    for (const [oldest, closeOldest] of [...idle].slice(0, Math.max(0, idle.size - KEPT))) {
      idle.delete(oldest);
      closing.set(oldest, closeOldest().finally(() => closing.delete(oldest)));
    }
  }
}

const ahead = new Map<string, (session: HostSession) => void>();

/** Lets a host be asked ahead when its turn comes, together with the first question that anybody has. */
export function foresee(to: Connection, ask: (session: HostSession) => void): void {
  const key = JSON.stringify(to);
  const before = ahead.get(key);
  ahead.set(key, (session) => {
    before?.(session);
    ask(session);
  });
}

/** Asks a host what was foreseen for it; once. */
export function askForeseen(to: Connection, session: HostSession): void {
  const key = JSON.stringify(to);
  ahead.get(key)?.(session);
  ahead.delete(key);
}
