import type { PlanWatch, Seen } from "#provider/contract.ts";

/** Holds a run to what its preview saw. */
export interface PlanHold {
  /** A keyed digest. */
  readonly digest: PlanWatch["digest"];
  /** Notes that a layer was planned on a machine; `look` asks the machine the same again. */
  readonly planned: (place: string, urn: string, look: () => Promise<Seen>) => void;
  /** What is not as planned on a machine, in words, when a layer is about to be applied to it from what is `seen` now. */
  readonly deviations: (place: string, urn: string, seen: Seen) => Promise<readonly string[]>;
}

/**
 * Before a run first changes a machine, the machine is asked again for all layers that were planned on it: after that, what
 * differs may be the run's own work.
 */
export function makePlanHold(watch: PlanWatch): PlanHold {
  const looks = new Map<string, Map<string, () => Promise<Seen>>>();
  const asked = new Map<string, Promise<readonly string[]>>();
  const askAgain = async (place: string): Promise<readonly string[]> => {
    const all = [...(looks.get(place) ?? [])].map(async ([urn, look]) => watch.deviations(urn, await look(), false));
    return (await Promise.all(all)).flat();
  };
  return {
    digest: watch.digest,
    planned(place, urn, look) {
      const known = looks.get(place) ?? new Map<string, () => Promise<Seen>>();
      looks.set(place, known.set(urn, look));
    },
    async deviations(place, urn, seen) {
      const first = asked.get(place) ?? askAgain(place);
      asked.set(place, first);
      const off = await first;
      return off.length > 0 ? off : watch.deviations(urn, seen, true);
    },
  };
}
