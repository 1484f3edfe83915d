import { EMPTY_LEDGER, ownerText, sameOwner, sameStack } from "#host/ledger.ts";
import type { Entry, Ledger, Owner } from "#host/ledger.ts";
import { itemText, order } from "#host/order.ts";
import type { Declared } from "#host/order.ts";
import type { Answers } from "#host/probe.ts";
import { isDifference } from "#model/change.ts";
import type { Change } from "#model/change.ts";
import { Fault } from "#model/fault.ts";
import { means, pathSubject } from "#model/kind.ts";
import type { Item, Reads, Risk } from "#model/kind.ts";
import type { Step } from "#model/step.ts";
import { hasUnknown } from "#model/value.ts";
import type { Json } from "#model/value.ts";

/** What will happen to one item. */
export interface Action {
  readonly item: Item;
  /**
   * `none`: as wanted and owned. `adopt`: as wanted, becomes owned. `change`: steps to what is wanted. `restore`: no longer
   * wanted, steps to what was before. `release`: no longer wanted, but stays (another layer has it, it was so before the
   * first touch, or its undo is impossible). `cannot-tell`: depends on a value that is not known yet.
   */
  readonly action: "none" | "adopt" | "change" | "restore" | "release" | "cannot-tell";
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  /** Steps back to how the host was before this plan; or why there are none. */
  readonly rollback: readonly Step[] | { readonly impossible: string };
  /** How the steps can hurt. */
  readonly risk: Risk;
}

/** What follows changes, once each, at the end. */
export interface Reaction {
  readonly item: Item;
  readonly steps: readonly Step[];
  readonly risk: Risk;
}

/** Everything that is to be done for one layer on one host. Pure data, computed from one answer. */
export interface Plan {
  readonly owner: Owner;
  readonly host: string;
  readonly actions: readonly Action[];
  readonly reactions: readonly Reaction[];
  /** The ledger after this plan. */
  readonly ledger: Ledger;
  /** What the ledger has of this layer, and neither the program nor the last state knows: it stays. */
  readonly strays: readonly Entry[];
  /** Nothing to do, not even in the ledger. */
  readonly empty: boolean;
  readonly answers: Answers;
  readonly wanted: readonly Declared[];
  /** Items of the last state. */
  readonly old: readonly Declared[];
  /** Values that may not show in any output. */
  readonly secrets: ReadonlySet<string>;
  /** For how many seconds the host waits for a new connection after steps that may cut this one, before it undoes them; absent where none can be made. */
  readonly confirmSeconds?: number;
}

/** What a plan is made of. */
export interface PlanInput {
  readonly owner: Owner;
  readonly host: string;
  readonly want: readonly Declared[];
  readonly old: readonly Declared[];
  readonly answers: Answers;
  readonly secrets: ReadonlySet<string>;
  /** True for fields that may not be shown. */
  readonly isSecret: (item: Item, field: string) => boolean;
  /** The layer of this stack that will have a subject on the host, which this one lets go of. @defaultValue none */
  readonly heirOf?: ((subject: string) => string | undefined) | undefined;
}

/** An item whose value is not known yet is planned by itself as "cannot tell". */
export const isUnknown = (item: Item): boolean => hasUnknown(item.want as Json);

/** What the steps of a plan can do at worst. */
export function riskOf({ actions, reactions }: Pick<Plan, "actions" | "reactions">): Risk {
  const risks = [...actions, ...reactions].flatMap(({ steps, risk }) => (steps.length === 0 ? [] : [risk]));
  return risks.includes("boot") ? "boot" : risks.includes("connection") ? "connection" : "none";
}

/** The answers to a kind's reads. */
export const haveOf = ({ item, kind }: Declared, answers: Answers): Record<string, Json> =>
  Object.fromEntries(Object.entries<Reads[string]>(kind.reads(item.want)).map(([name, read]) => [name, answers.get(read) as Json]));

/** A ledger by subject, read once, so that many items cost no more than their number. */
interface Owned {
  /** What this layer owns, by main subject. */
  readonly own: ReadonlyMap<string, Entry>;
  /** What other layers own, by main subject. */
  readonly others: ReadonlyMap<string, Entry>;
  /** All subjects of other layers. */
  readonly shared: ReadonlySet<string>;
  /** All subjects of other stacks. */
  readonly foreign: ReadonlyMap<string, Entry>;
}

function ownedBy({ owner, answers }: PlanInput): Owned {
  const own = answers.ledger.entries.filter((entry) => sameOwner(entry, owner));
  const others = answers.ledger.entries.filter((entry) => !sameOwner(entry, owner));
  const byMain = (entries: readonly Entry[]) => new Map([...entries].reverse().map((entry) => [entry.subjects[0] ?? "", entry]));
  const foreign = others.filter((entry) => !sameStack(entry, owner)).reverse();
  return {
    own: byMain(own),
    others: byMain(others),
    shared: new Set(others.flatMap(({ subjects }) => subjects)),
    foreign: new Map(foreign.flatMap((entry) => entry.subjects.map((subject) => [subject, entry] as const))),
  };
}

const mainSubject = ({ item, kind }: Declared): string => kind.owns(item.want)[0] ?? itemText(item);

/** Steps that make sense on this host: none that need a running system on an unbooted tree. */
const possible = (steps: readonly Step[], answers: Answers): readonly Step[] =>
  answers.booted ? steps : steps.filter((step) => step.do !== "run" || step.running !== true);

/** From want, old and one answer to a plan. Pure. Throws Fault `host.owned`. */
export function makePlan(input: PlanInput): Plan {
  const { owner, host, answers } = input;
  const known = input.want.filter(({ item }) => !isUnknown(item));
  const sorted = order(known).sorted;
  const owned = ownedBy(input);
  refuseForeign(input, known, owned);
  const kept: ReadonlySet<string> = new Set(known.map(mainSubject));
  const released = releasedActions(input, known, owned, kept);
  const changed = sorted.map((declared) => wantedAction(input, declared, owned));
  const unknown = input.want
    .filter(({ item }) => isUnknown(item))
    .map(({ item }): Action => ({ item, action: "cannot-tell", changes: unknownFields(item), steps: [], rollback: [], risk: "none" }));
  const actions = [...released, ...changed, ...unknown];
  const strays = straysOf(input, kept);
  const ledger = ledgerAfter(input, known, owned, kept, strays);
  return {
    owner,
    host,
    actions,
    reactions: reactionsTo(input, actions, sorted),
    ledger,
    strays,
    // What an interrupted transaction left behind is ended by the next one.
    empty: actions.every(({ action }) => action === "none") && ledger.entries.length === answers.ledger.entries.length && answers.interrupted.length === 0,
    answers,
    wanted: sorted,
    old: input.old,
    secrets: input.secrets,
  };
}

/** The fields of an item that wait for a value. */
const unknownFields = (item: Item): readonly Change[] =>
  Object.entries(item.want)
    .filter(([, value]) => hasUnknown(value as Json))
    .map(([field]) => ({ field, cannotTell: "waits for a value that is not known yet" }));

/** What differs, with the fields marked that may not be shown. */
export function differences({ item, kind }: Declared, have: Record<string, Json>, isSecret: PlanInput["isSecret"]): readonly Change[] {
  return kind.diff(item.want, have).map((entry) => (isDifference(entry) && isSecret(item, entry.field) ? { ...entry, secret: true } : entry));
}

const riskIn = ({ item, kind }: Declared): Risk => (typeof kind.risk === "function" ? kind.risk(item.want) : kind.risk);

function wantedAction({ answers, isSecret }: PlanInput, declared: Declared, { own }: Owned): Action {
  const { item, kind } = declared;
  const have = haveOf(declared, answers);
  const changes = differences(declared, have, isSecret);
  const rollback = (): Action["rollback"] => {
    const undo = kind.undo(item.want, have);
    return "impossible" in undo ? undo : possible(undo, answers);
  };
  if (!changes.some(isDifference)) {
    const owned = own.has(mainSubject(declared));
    // What undo will touch one day is kept as it is found now; nothing begins, so nothing is rolled back.
    return { item, action: owned ? "none" : "adopt", changes, steps: [], rollback: owned ? [] : rollback(), risk: "none" };
  }
  return {
    item,
    action: "change",
    changes,
    steps: possible(kind.apply(item.want, have), answers),
    rollback: rollback(),
    risk: riskIn(declared),
  };
}

/** Items of the last state that are not wanted any more, newest first. */
function releasedActions({ want, old, answers, heirOf }: PlanInput, known: readonly Declared[], owned: Owned, kept: ReadonlySet<string>): readonly Action[] {
  const wanted = new Set(known.flatMap(({ item, kind }) => kind.owns(item.want)));
  const waiting = new Set(want.filter(({ item }) => isUnknown(item)).map(({ item }) => itemText(item)));
  const gone = old.filter((declared) => !isUnknown(declared.item) && !kept.has(mainSubject(declared)) && !waiting.has(itemText(declared.item)));
  return [...order(gone).sorted].reverse().map((declared): Action => {
    const { item, kind } = declared;
    const subject = mainSubject(declared);
    const entry = owned.own.get(subject);
    const heir = heirOf?.(subject);
    if (entry && heir !== undefined) return { item, action: "release", changes: [{ field: "owner", cannotTell: `stays as it is; layer ${heir} goes on with it` }], steps: [], rollback: [], risk: "none" };
    if (!entry || owned.shared.has(subject)) return { item, action: "release", changes: [], steps: [], rollback: [], risk: "none" };
    const undo = kind.undo(item.want, entry.before);
    if ("impossible" in undo) return { item, action: "release", changes: [{ field: "undo", cannotTell: undo.impossible }], steps: [], rollback: [], risk: "none" };
    // A directory that was made for this item stays while another item has it.
    const isOwned = (path: string) => owned.shared.has(pathSubject(path)) || wanted.has(pathSubject(path));
    const steps = possible(undo, answers).filter((step) => step.do !== "remove" || !isOwned(step.path));
    // It was so before the first touch: there is nothing to give back.
    if (steps.length === 0) return { item, action: "release", changes: [], steps, rollback: [], risk: "none" };
    return {
      item,
      action: "restore",
      changes: [],
      steps,
      rollback: possible(kind.apply(item.want, entry.before), answers),
      risk: riskIn(declared),
    };
  });
}

/** Another resource or state may have put them there, under the same name: who did takes them back. */
function straysOf({ owner, answers, old }: PlanInput, kept: ReadonlySet<string>): readonly Entry[] {
  const unwanted = answers.ledger.entries.filter((entry) => sameOwner(entry, owner) && !kept.has(entry.subjects[0] ?? ""));
  const known = new Set(unwanted.length === 0 ? [] : old.map(mainSubject));
  return unwanted.filter(({ subjects }) => !known.has(subjects[0] ?? ""));
}

/** The ledger with this layer's entries as they will be. */
function ledgerAfter({ owner, answers, heirOf }: PlanInput, known: readonly Declared[], owned: Owned, kept: ReadonlySet<string>, strays: readonly Entry[]): Ledger {
  const stay = new Set(strays);
  const others = answers.ledger.entries.flatMap((entry): readonly Entry[] => {
    const [subject = ""] = entry.subjects;
    if (!sameOwner(entry, owner) || stay.has(entry)) return [entry];
    const heir = kept.has(subject) || owned.shared.has(subject) ? undefined : heirOf?.(subject);
    return heir === undefined ? [] : [{ ...entry, layer: heir }];
  });
  const own = known.map((declared): Entry => {
    const subject = mainSubject(declared);
    const first = owned.own.get(subject) ?? owned.others.get(subject);
    return {
      project: owner.project,
      stack: owner.stack,
      layer: owner.layer,
      kind: declared.item.kind,
      name: declared.item.name,
      subjects: declared.kind.owns(declared.item.want),
      before: first?.before ?? haveOf(declared, answers),
    };
  });
  return { ...EMPTY_LEDGER, entries: [...others, ...own] };
}

/** Subjects of another stack are refused, with both names. */
function refuseForeign({ owner, host }: PlanInput, known: readonly Declared[], { foreign }: Owned): void {
  for (const { item, kind } of known)
    for (const subject of kind.owns(item.want)) {
      const other = foreign.get(subject);
      if (other)
        throw new Fault("host.owned", {
          host,
          hostState: "untouched",
          detail: { subject, owner: ownerText(other) },
          message: `${host}: ${subject} belongs to ${ownerText(other)} (${other.kind} ${other.name}); ${ownerText(owner)} declares it too (${itemText(item)}). Remove it from one of the two.`,
        });
    }
}

/** The reactions that changed subjects call for: of wanted items, and of restored ones. */
function reactionsTo({ old, want, answers }: PlanInput, actions: readonly Action[], sorted: readonly Declared[]): readonly Reaction[] {
  const touched = new Set(actions.filter(({ action }) => action === "change" || action === "restore").map(({ item }) => item));
  const all = [...want, ...old].filter(({ item }) => touched.has(item));
  const subjects = new Set(all.flatMap(({ item, kind }) => kind.owns(item.want)));
  const kept = new Set(sorted);
  const restored = all.filter((declared) => !kept.has(declared));
  const seen = new Set<string>();
  return [...sorted, ...restored].flatMap((declared) => {
    const { item, kind } = declared;
    const watched = kind.watches?.(item.want) ?? [];
    const changed = watched.length === 0 ? [] : [...subjects].filter((subject) => watched.some((pattern) => means(pattern, subject)));
    if (changed.length === 0) return [];
    const steps = possible(kind.react?.(item.want, haveOf(declared, answers), changed) ?? [], answers).filter((step) => {
      const text = JSON.stringify(step);
      return !seen.has(text) && seen.add(text);
    });
    return steps.length === 0 ? [] : [{ item, steps, risk: riskIn(declared) }];
  });
}

