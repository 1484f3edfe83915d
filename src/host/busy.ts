import { setTimeout as sleep } from "node:timers/promises";
import { isFault } from "#model/fault.ts";

/**
 * What ssh(1) says when sshd, or a jump host's, ends the connection before it has said who it is: too many wait to log in
 * (sshd_config(5), MaxStartups); and when the shared connection that it was to use has just ended (mux.c).
 */
const DROPPED = /kex_exchange_identification|^mux_client_\w+: |Connection (closed|reset) by (?!UNKNOWN)\S+ port \d+$/i;

const TRIES = 4;

/** Runs `exchange` again, after a while, where the host was too busy to let us in. Nothing has run on it then. */
export async function untilLetIn<T>(exchange: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await exchange();
    } catch (error) {
      if (tries === TRIES || !isFault(error, "host.unreachable") || !DROPPED.test(error.detail.reason)) throw error;
      // Not all at once again.
      await sleep(500 * tries + 1000 * Math.random());
    }
  }
}
