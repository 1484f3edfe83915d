import { LAYER } from "#cli/story.ts";
import { machine } from "#facts/machine.ts";
import type { Snapshot } from "#engine/snapshot.ts";
import type { Connection } from "#model/connection.ts";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { knownConnection } from "#provider/connection-input.ts";
import { layerItems } from "#provider/layer-items.ts";
import { openHost } from "#host/session.ts";

const HOST = "steading:host:Host";

/** Undefined also for a connection that an older version wrote: the run says what is wrong with it. */
function connectionIn(value: Json | undefined): Connection | undefined {
  try {
    return knownConnection(value);
  } catch {
    return undefined;
  }
}

/** Opens the connections of the last run's hosts. A handshake takes as long as all that a run must load. */
export function openHosts(resources: readonly Json[]): void {
  for (const resource of resources) {
    const inputs = isObject(resource) && resource["type"] === HOST ? resource["inputs"] : undefined;
    const to = isObject(inputs) ? connectionIn(inputs["connection"]) : undefined;
    if (to !== undefined) openHost(to).warm();
  }
}

/**
 * Asks the hosts of the last run, while the program still loads, what a run with nothing to do will ask. Only reads. What
 * fails is left to the run itself, which asks again and can say why.
 */
export function prefetch({ resources }: Snapshot): void {
  for (const { type, inputs } of resources) {
    if (type === HOST) {
      const to = connectionIn(inputs["connection"]);
      if (to !== undefined) openHost(to).prefetch({ reads: [machine("machine")] });
    }
    if (type !== LAYER) continue;
    const { items, open, malformed } = layerItems(inputs["items"]);
    if (open || malformed.length > 0) continue;
    const to = connectionIn(inputs["host"]);
    if (to !== undefined) openHost(to).prefetch({ items });
  }
}
