import type { HostSession } from "#host/session.ts";
import type { Connection } from "#model/connection.ts";

/** So many hosts keep their shared connection for the next command; each holds a process and a few megabytes. */
const KEPT = 64;
const KEPT_SECONDS = 60;
/** Long enough for the next exchange of one run with its host. */
const PASSING_SECONDS = 5;

let expected = 0;
let met = 0;
const ahead = new Map<string, (session: HostSession) => void>();

/** Tells how many hosts this process is going to meet. */
export function expectHosts(count: number): void {
  expected = count;
}

/** One more host is met. */
export function meetHost(): void {
  met += 1;
}

/** Seconds for which an idle shared connection stays open: of few hosts so that the next command starts warm. */
export const persistSeconds = (): number => (Math.max(expected, met) > KEPT ? PASSING_SECONDS : KEPT_SECONDS);

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
