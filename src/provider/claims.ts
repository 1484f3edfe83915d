import { canonical } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { LayerItem } from "#provider/layer-items.ts";

/** A subject on one machine that an item of a layer decides on. */
export interface Claim {
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly want: JsonObject;
  /** It is what the item is about; the others come with it. */
  readonly isMain: boolean;
}

/** Two layers that want different things of one subject. */
export interface Conflict {
  readonly mine: Claim;
  readonly theirs: Claim;
  readonly layer: string;
}

/** A layer as a program declares it. */
export interface DeclaredLayer {
  readonly urn: string;
  readonly place: string;
  /** Its name in the ledger of that machine. */
  readonly layer: string;
  readonly items: readonly LayerItem[];
}

/** A layer, and what it claims by subject. */
export interface LayerClaims extends DeclaredLayer {
  readonly claims: ReadonlyMap<string, Claim>;
}

/** What the layers of one run claim, per machine. */
export interface Claims {
  /** Replaces what that resource claimed before. Returns what contradicts other layers. */
  declare(layer: DeclaredLayer, claims: readonly Claim[]): { readonly conflicts: readonly Conflict[]; readonly sameName: boolean };
  /** The name of the layer that has an item about a subject besides that resource, now or as the run before in this process said: a preview knows what comes later. */
  heirOf(urn: string, place: string, subject: string): string | undefined;
  /** The layer that goes on under the same name in the ledger as that resource. */
  namesake(urn: string, place: string, layer: string): DeclaredLayer | undefined;
  /** A layer that goes claims nothing any more. */
  leave(urn: string, layer: string): void;
  /** A new run. */
  clear(): void;
}

const alike = (a: Claim, b: Claim): boolean => a.kind === b.kind && canonical(a.want) === canonical(b.want);

/** No claims yet. */
export function makeClaims(): Claims {
  const layers = new Map<string, LayerClaims>();
  let earlier = new Map<string, LayerClaims>();
  const find = (of: ReadonlyMap<string, LayerClaims>, urn: string, place: string, is: (other: LayerClaims) => boolean): LayerClaims | undefined =>
    [...of.values()].find((other) => other.urn !== urn && other.place === place && is(other));
  return {
    declare(mine, claims) {
      layers.delete(mine.urn);
      const others = [...layers.values()].filter(({ place }) => place === mine.place);
      const conflicts = others.flatMap((other) =>
        claims.flatMap((claim): readonly Conflict[] => {
          const theirs = other.claims.get(claim.subject);
          return theirs === undefined || alike(claim, theirs) ? [] : [{ mine: claim, theirs, layer: other.layer }];
        }),
      );
      layers.set(mine.urn, { ...mine, claims: new Map(claims.map((claim) => [claim.subject, claim])) });
      return { conflicts, sameName: others.some(({ layer }) => layer === mine.layer) };
    },
    heirOf(urn, place, subject) {
      const has = ({ claims }: LayerClaims): boolean => claims.get(subject)?.isMain === true;
      return (find(layers, urn, place, has) ?? find(earlier, urn, place, (other) => !layers.has(other.urn) && has(other)))?.layer;
    },
    namesake: (urn, place, layer) => find(layers, urn, place, (other) => other.layer === layer),
    leave(urn, layer) {
      // What takes the place of a layer with another name has its URN.
      for (const known of [layers, earlier]) if (known.get(urn)?.layer === layer) known.delete(urn);
    },
    clear() {
      if (layers.size > 0) earlier = new Map(layers);
      layers.clear();
    },
  };
}
