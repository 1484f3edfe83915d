import { HOST, LAYER } from "#cli/story.ts";
import { machine } from "#facts/machine.ts";
import type { Snapshot } from "#engine/snapshot.ts";
import { foresee } from "#host/fleet.ts";
import type { Connection } from "#model/connection.ts";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { knownConnection } from "#provider/connection-input.ts";
import { layerItems } from "#provider/layer-items.ts";
import { openHost } from "#host/session.ts";
import type { HostSession } from "#host/session.ts";

/** So many hosts are asked before the program is loaded; more would be too many handshakes at once. */
const AT_ONCE = 8;

/** Undefined also for a connection that an older version wrote: the run says what is wrong with it. */
function connectionIn(value: Json | undefined): Connection | undefined {
  try {
    return knownConnection(value);
  } catch {
    return undefined;
  }
}

/** How the hosts of the last run are reached. */
function connectionsOf(resources: readonly Json[]): readonly Connection[] {
  return resources.flatMap((resource) => {
    const inputs = isObject(resource) && resource["type"] === HOST ? resource["inputs"] : undefined;
    return (isObject(inputs) ? connectionIn(inputs["connection"]) : undefined) ?? [];
  });
}

/** Opens the connections of the last run's hosts. A handshake takes as long as all that a run must load. */
export function openHosts(resources: readonly Json[]): void {
  const connections = connectionsOf(resources);
  if (connections.length <= AT_ONCE) for (const to of connections) openHost(to).warm();
}

/**
 * Asks the hosts of the last run, while the program still loads, what a run with nothing to do will ask; many hosts one by one,
 * each all at once, when the run comes to them. Only reads. What fails is left to the run itself, which asks again and can say why.
 */
export function prefetch({ resources }: Snapshot): void {
  const isFew = resources.filter(({ type }) => type === HOST).length <= AT_ONCE;
  const ask = (to: Connection | undefined, question: (session: HostSession) => void): void => {
    if (to === undefined) return;
    if (isFew) question(openHost(to));
    else foresee(to, question);
  };
  for (const { type, inputs } of resources) {
    if (type === HOST) ask(connectionIn(inputs["connection"]), (session) => session.prefetch({ reads: [machine("machine")] }));
    if (type !== LAYER) continue;
    const { items, open, malformed } = layerItems(inputs["items"]);
    if (!open && malformed.length === 0) ask(connectionIn(inputs["host"]), (session) => session.prefetch({ items }));
  }
}
