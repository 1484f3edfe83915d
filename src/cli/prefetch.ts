import { LAYER } from "#cli/story.ts";
import type { Snapshot } from "#engine/snapshot.ts";
import { knownConnection } from "#provider/connection-input.ts";
import { layerItems } from "#provider/layer-items.ts";
import { openHost } from "#host/session.ts";

/**
 * Asks the hosts of the last run, while the program still loads, what a run with nothing to do will ask. Only reads. What
 * fails is left to the run itself, which asks again and can say why.
 */
export function prefetch({ resources }: Snapshot): void {
  for (const { type, inputs } of resources) {
    if (type !== LAYER) continue;
    const { items, open, malformed } = layerItems(inputs["items"]);
    if (open || malformed.length > 0) continue;
    try {
      const to = knownConnection(inputs["host"]);
      if (to !== undefined) openHost(to).prefetch(items);
    } catch {
      // A connection that an older version wrote: the run says what is wrong with it.
    }
  }
}
