import { hostname, userInfo } from "node:os";
import { ownerText } from "#host/ledger.ts";
import type { Owner } from "#host/ledger.ts";
import { isProcess } from "#host/running.ts";

/** Who a transaction is of, as the host keeps it and people read it: layer and stack, user, machine, process and time. */
export const holderText = (owner: Owner): string => `${ownerText(owner)}, by ${userInfo().username}@${hostname()} (pid ${process.pid.toString()}) since ${new Date().toISOString()}`;

/** Whether the process of a holder still runs; undefined where it is one of another machine. */
export function isAlive(holder: string): boolean | undefined {
  const [, machine, pid] = /@(\S+) \(pid (\d+)\) since \S+$/.exec(holder) ?? [];
  return pid === undefined || machine !== hostname() ? undefined : isProcess(Number(pid));
}
