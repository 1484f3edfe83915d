import { defineFact } from "#model/fact.ts";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";

/** Where Steading keeps what it must know on a host: ledger, originals, the transaction under way. Root-only. */
export const HOME = "/var/lib/steading";
/** Where a host keeps what its next start has to prove (src/host/trial.sh). */
export const TRIALS = "/etc/steading";
/** The ledger's file. */
export const LEDGER = `${HOME}/ledger`;

/** Who puts a layer on a host. */
export interface Owner {
  readonly project: string;
  readonly stack: string;
  readonly layer: string;
}

/** One item that is owned, and what was there before its first touch. */
export interface Entry extends Owner {
  readonly kind: string;
  readonly name: string;
  readonly subjects: readonly string[];
  /** The answers to the kind's reads before the first touch. */
  readonly before: { readonly [name: string]: Json };
}

/** What is owned on a host. */
export interface Ledger {
  readonly version: 1;
  readonly entries: readonly Entry[];
}

/** A host that nobody has touched. */
export const EMPTY_LEDGER: Ledger = { version: 1, entries: [] };

/** True when two owners are the same layer of the same stack. */
export const sameOwner = (a: Owner, b: Owner): boolean => sameStack(a, b) && a.layer === b.layer;

/** True when two owners belong to the same stack. */
export const sameStack = (a: Owner, b: Owner): boolean => a.project === b.project && a.stack === b.stack;

/** `project/stack layer`, for messages. */
export const ownerText = (owner: Owner): string => `layer ${owner.layer} of stack ${owner.project}/${owner.stack}`;

/** The ledger as its file has it. */
export const ledgerText = (ledger: Ledger): string => `${JSON.stringify(ledger, undefined, 1)}\n`;

/** The ledger of a host. */
export const ledgerFact = defineFact<Ledger>({
  fact: "ledger",
  script: `test -f "$1" && cat "$1"`,
  parse(output, subjects) {
    if (output.trim() === "") return new Map(subjects.map((subject) => [subject, EMPTY_LEDGER]));
    const ledger: unknown = JSON.parse(output);
    if (!isLedger(ledger)) throw new Error("it was written by a newer Steading");
    return new Map(subjects.map((subject) => [subject, ledger]));
  },
});

/** A transaction that nobody has ended yet. */
export interface Unended {
  /** Who began it. */
  readonly holder: string;
  /** It has the host's lock. */
  readonly isHolding: boolean;
}

/** The transactions that nobody has ended yet; none on a host where all went well. */
export const unendedFact = defineFact<readonly Unended[]>({
  fact: "unended",
  // A transaction that asks does not mean itself.
  script: `for left in "$1"/txn/*; do
  test -d "$left" && test "\${left##*/}" != "\${id:-}" || continue
  if test "\${left##*/}" = "$(cat "$1/lock/id" 2>/dev/null)"; then printf 'holds '; else printf 'left '; fi
  printf '%s\n' "$(cat "$left/holder" 2>/dev/null)"
done`,
  parse: (output, subjects) => new Map(subjects.map((subject) => [subject, output.split("\n").flatMap((line) => (line === "" ? [] : [{ holder: line.replace(/^\w+ /, ""), isHolding: line.startsWith("holds ") }]))])),
});

/** When a machine fell back at a start, why, and what was undone, line by line; empty where that never happened since the last change. */
export const fellBackFact = defineFact<readonly string[]>({
  fact: "fell-back",
  script: `test -f "$1/fell-back" && cat "$1/fell-back"`,
  parse: (output, subjects) => new Map(subjects.map((subject) => [subject, output.split("\n").filter((line) => line !== "")])),
});

/** Root alone can write the ledger, so its version is all there is to check. */
const isLedger = (value: unknown): value is Ledger => isObject(value) && value["version"] === 1 && Array.isArray(value["entries"]);
