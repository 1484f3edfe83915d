import { connect } from "#host/connect.ts";
import type { Connection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import type { Answer, Transport } from "#model/transport.ts";

/** A host by several ways: as it is declared, and as it was reached before. */
export interface Ways extends Transport {
  /** All of them, the declared one first. */
  readonly all: readonly Transport[];
}

/** The connection that `formerly` describes; undefined where there is none. */
function formerOf(to: Connection): Connection | undefined {
  if (to.via !== "ssh" || to.formerly === undefined) return undefined;
  const { formerly, ...rest } = to;
  return { ...rest, ...formerly };
}

/** Another address may be another machine: only `formerly` says that it is not. */
const isThere = (last: Connection, to: Connection): boolean => last.via === "ssh" && to.via === "ssh" && last.address === to.address;

/** True when the script did not run, because nobody let us in. */
export const isNoEntry = (error: unknown): boolean => isFault(error, "host.unreachable") || isFault(error, "host.refused");

/**
 * The declared way to a host, and after it those by which it was reached before: the connection of the last state, if
 * it has the same address, and what `formerly` says. An exchange takes the first one that lets us in, and stays with it; a new connection is made the declared way.
 */
export function waysTo(to: Connection, last?: Connection): Ways {
  const former = [last !== undefined && isThere(last, to) ? last : undefined, formerOf(to)].filter((other) => other !== undefined);
  const declared = connect(to);
  const all = [declared, ...former.map(connect)];
  let open: Transport | undefined;

  async function search(script: string, onLine?: (line: string) => void): Promise<Answer> {
    let first: unknown;
    for (const way of all) {
      try {
        const answer = await way.exchange(script, onLine);
        open = way;
        return answer;
      } catch (error) {
        if (!isNoEntry(error)) throw error;
        first ??= error;
      }
    }
    throw first;
  }

  return {
    name: declared.name,
    lasting: declared.lasting,
    all,
    exchange: (script, onLine) => open?.exchange(script, onLine) ?? search(script, onLine),
    fresh: (script) => declared.fresh(script),
    warm: () => { declared.warm(); },
    async close() {
      await Promise.all(all.map((way) => way.close()));
    },
  };
}
