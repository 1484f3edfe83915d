import { askForeseen } from "#host/fleet.ts";
import { openHost } from "#host/session.ts";
import type { HostSession } from "#host/session.ts";
import type { Connection } from "#model/connection.ts";
import { canonical } from "#model/value.ts";
import { placeOf } from "#provider/connection-input.ts";

/** The hosts of one run: one session per connection, one change at a time per machine. */
export interface HostPool {
  session(to: Connection, last?: Connection): HostSession;
  /** Runs `work` when every earlier `work` for the same machine has ended. */
  inTurn<T>(to: Connection, last: Connection | undefined, work: (session: HostSession) => Promise<T>): Promise<T>;
  /** Resolves when no `work` is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Makes an empty pool. Nothing is opened before it is asked for. */
export function makeHostPool(): HostPool {
  const sessions = new Map<string, HostSession>();
  const turns = new Map<string, Promise<unknown>>();
  const session = (to: Connection, last?: Connection): HostSession => {
    // The same way twice is one way.
    const other = last !== undefined && canonical({ ...last }) !== canonical({ ...to }) ? last : undefined;
    const key = canonical([{ ...to }, { ...other }]);
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const opened = openHost(to, other);
    sessions.set(key, opened);
    askForeseen(to, opened);
    return opened;
  };
  const idle = async (): Promise<void> => {
    await Promise.allSettled(turns.values());
  };
  return {
    session,
    inTurn(to, last, work) {
      const place = placeOf(to);
      const before = turns.get(place) ?? Promise.resolve();
      const mine = before.catch(() => undefined).then(() => work(session(to, last)));
      turns.set(place, mine.catch(() => undefined));
      return mine;
    },
    idle,
    async close() {
      await idle();
      const open = [...sessions.values()];
      sessions.clear();
      await Promise.all(open.map((one) => one.close()));
    },
  };
}
