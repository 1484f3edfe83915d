import { haveOf } from "#host/plan.ts";
import type { Action, Plan } from "#host/plan.ts";
import { isDifference } from "#model/change.ts";
import { canonical, isList } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { PlanWatch, Seen, SeenItem } from "#provider/contract.ts";
import { finder } from "#provider/layer-items.ts";

/** What a plan was made from. Frames and tokens of the question are not in it, so that the same host gives the same digests. */
export function seenBy({ actions, answers, wanted, old }: Plan, digest: PlanWatch["digest"]): Seen {
  const declaredOf = finder([...old, ...wanted], ({ item }) => item);
  const seenItem = ({ item, action, changes }: Action): SeenItem => {
    const declared = declaredOf(item);
    const fields = changes.filter(isDifference).map(({ field, have }) => [field, digest([item.kind, item.name, field, have ?? null])] as const);
    return {
      kind: item.kind,
      name: item.name,
      action,
      answers: digest({ booted: answers.booted, have: declared === undefined || action === "cannot-tell" ? null : haveOf(declared, answers) }),
      fields: Object.fromEntries(fields),
    };
  };
  const entries = answers.ledger.entries.map(({ before, subjects, ...entry }): JsonObject => ({ ...entry, subjects, before }));
  return { ledger: digest(sorted(entries)), items: actions.map(seenItem) };
}

/** Entries in an order of their own: who applied last must not matter. */
const sorted = (entries: Json): Json => (isList(entries) ? entries.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : entries);
