import { canonical } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";

/** A subject on one machine that an item of a layer decides on. */
export interface Claim {
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly want: JsonObject;
}

/** Two layers that want different things of one subject. */
export interface Conflict {
  readonly mine: Claim;
  readonly theirs: Claim;
  readonly layer: string;
}

/** What the layers of one run claim, per machine. */
export interface Claims {
  /** Replaces what `urn` claimed before. Returns what contradicts other layers. */
  declare(urn: string, place: string, layer: string, claims: readonly Claim[]): { readonly conflicts: readonly Conflict[]; readonly sameName: boolean };
  /** A new run. */
  clear(): void;
}

interface LayerClaims {
  readonly place: string;
  readonly layer: string;
  readonly claims: ReadonlyMap<string, Claim>;
}

const alike = (a: Claim, b: Claim): boolean => a.kind === b.kind && canonical(a.want) === canonical(b.want);

/** No claims yet. */
export function makeClaims(): Claims {
  const layers = new Map<string, LayerClaims>();
  return {
    declare(urn, place, layer, claims) {
      layers.delete(urn);
      const others = [...layers.values()].filter((other) => other.place === place);
      const conflicts = others.flatMap((other) =>
        claims.flatMap((mine): readonly Conflict[] => {
          const theirs = other.claims.get(mine.subject);
          return theirs === undefined || alike(mine, theirs) ? [] : [{ mine, theirs, layer: other.layer }];
        }),
      );
      layers.set(urn, { place, layer, claims: new Map(claims.map((claim) => [claim.subject, claim])) });
      return { conflicts, sameName: others.some((other) => other.layer === layer) };
    },
    clear() {
      layers.clear();
    },
  };
}
