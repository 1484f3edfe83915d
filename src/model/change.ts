import type { Json } from "#model/value.ts";

/** One field that is not as wanted, or about which something must be said. */
export type Change = Difference | CannotTell | Waiting;

/** A field differs. */
export interface Difference {
  readonly field: string;
  /** What is there; undefined when nothing is. */
  readonly have: Json | undefined;
  /** What should be; undefined when nothing should. */
  readonly want: Json | undefined;
  /** Neither value may be shown. */
  readonly secret?: boolean;
}

/** Whether a field differs cannot be known now. */
export interface CannotTell {
  readonly field: string;
  readonly cannotTell: string;
}

/** A field is as wanted but takes effect later; said at every preview, not a difference. */
export interface Waiting {
  readonly field: string;
  readonly waitsFor: "reboot";
  readonly why: string;
}

/** A difference if there is one: none or one entry, to be spread. Values compare as JSON. */
export const change = (
  field: string,
  have: Json | undefined,
  want: Json | undefined,
  options: { secret?: boolean } = {},
): readonly Difference[] => (JSON.stringify(have) === JSON.stringify(want) ? [] : [{ field, have, want, ...options }]);

/** True for a difference. */
export const isDifference = (entry: Change): entry is Difference => !("cannotTell" in entry) && !("waitsFor" in entry);
