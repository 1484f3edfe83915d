import { checkItems, itemPath } from "#host/check.ts";
import { ownerText, sameStack } from "#host/ledger.ts";
import type { Ledger, Owner } from "#host/ledger.ts";
import type { Answers } from "#host/probe.ts";
import type { HostSession } from "#host/session.ts";
import { isDifference } from "#model/change.ts";
import type { Found, Have, Item, Kind, Reads, Survey } from "#model/kind.ts";
import { looksSecret, MAY_BE_SECRET } from "#model/secret-look.ts";
import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";

/** Something that is there and is not declared. */
export interface Unmanaged {
  readonly kind: string;
  readonly name: string;
  readonly why: string;
}

/** What a host has. */
export interface Surveyed {
  /** Each is on the host as it is declared here. */
  readonly items: readonly Item[];
  readonly unmanaged: readonly Unmanaged[];
}

/** What a kind found. */
interface Finding {
  readonly kind: Kind;
  readonly rest: boolean;
  readonly found: Found<object>;
}

/** An instance that may be declared, and the subjects it decides on. */
interface Candidate {
  readonly kind: Kind;
  readonly item: Item;
  readonly subjects: readonly string[];
}

/** Left out after a look at it; `subjects` are what it would have decided on. */
interface Refused extends Unmanaged {
  readonly subjects: readonly string[];
}

/**
 * Asks a host what it has of these kinds. What is returned as an item was planned against the same host without a difference; it holds
 * nothing that looks like a secret, and nothing that another stack owns.
 */
export async function survey(session: HostSession, owner: Owner, kinds: readonly Kind[]): Promise<Surveyed> {
  const looking = kinds.flatMap((kind) => (kind.survey === undefined ? [] : [{ kind, survey: kind.survey }]));
  const answers = await session.probe(looking.flatMap(({ survey: { reads } }) => Object.values(reads)));
  const findings = looking.flatMap(({ kind, survey: asked }) => asked.items(haveOf(asked, answers)).map((found): Finding => ({ kind, rest: asked.rest === true, found })));
  const names = new Set<string>();
  const candidates = (rest: boolean): readonly Candidate[] =>
    findings.flatMap(({ kind, rest: isRest, found }) =>
      isRest === rest && "want" in found ? [{ kind, item: { kind: kind.kind, name: uniqueName(kind, found.name, names), want: found.want }, subjects: kind.owns(found.want) }] : [],
    );
  const special = await adoptable(session, owner, answers.ledger, candidates(false));
  const taken = new Set(special.items.flatMap(({ subjects }) => subjects));
  const isFree = ({ subjects }: Candidate): boolean => !subjects.some((subject) => taken.has(subject));
  const rest = await adoptable(session, owner, answers.ledger, candidates(true).filter(isFree));
  for (const { subjects } of rest.items) for (const subject of subjects) taken.add(subject);
  // What a kind could not have may have become an item of another.
  const refused = [...special.refused, ...rest.refused].filter(({ subjects }) => !subjects.some((subject) => taken.has(subject)));
  const left = findings.flatMap(({ kind, found }): readonly Unmanaged[] =>
    "want" in found || (found.subject !== undefined && taken.has(found.subject)) ? [] : [{ kind: kind.kind, name: found.name, why: found.why }],
  );
  return {
    items: [...special.items, ...rest.items].map(({ item }) => item),
    unmanaged: once([...refused.map(({ kind, name, why }) => ({ kind, name, why })), ...left]),
  };
}

/** Several may be told of under one name. */
const once = (unmanaged: readonly Unmanaged[]): readonly Unmanaged[] => [...new Map(unmanaged.map((one) => [JSON.stringify(one), one])).values()];

const haveOf = ({ reads }: Survey<object, Reads>, answers: Answers): Have<Reads> => Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, answers.get(read)]));

/** The name, with a number behind it where it was given before. */
function uniqueName({ kind }: Kind, name: string, names: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const tried = number === 1 ? name : `${name} ${number.toString()}`;
    const key = `${kind}\0${tried}`;
    if (names.has(key)) continue;
    names.add(key);
    return tried;
  }
}

/** Those that can be declared as they are, and why the others cannot. */
async function adoptable(session: HostSession, owner: Owner, ledger: Ledger, candidates: readonly Candidate[]): Promise<{ readonly items: readonly Candidate[]; readonly refused: readonly Refused[] }> {
  const refused: Refused[] = [];
  const keep = (these: readonly Candidate[], whyNot: (candidate: Candidate) => string | undefined): readonly Candidate[] =>
    these.filter((candidate) => {
      const why = whyNot(candidate);
      if (why !== undefined) refused.push({ kind: candidate.kind.kind, name: candidate.item.name, why, subjects: candidate.subjects });
      return why === undefined;
    });
  const foreign = new Map(ledger.entries.filter((entry) => !sameStack(entry, owner)).flatMap((entry) => entry.subjects.map((subject) => [subject, ownerText(entry)] as const)));
  const seen = new Set<string>();
  // Whoever decides on more goes first: a timer before its unit file, and before whether the unit is on.
  const open = keep([...candidates].sort((a, b) => b.subjects.length - a.subjects.length), ({ kind, item, subjects }) => {
    const theirs = subjects.map((subject) => foreign.get(subject)).find((text) => text !== undefined);
    if (theirs !== undefined) return `it belongs to ${theirs}`;
    if (holdsSecret(kind, item.want as Json)) return MAY_BE_SECRET;
    if (subjects.some((subject) => seen.has(subject))) return "it is there twice";
    for (const subject of subjects) seen.add(subject);
    return undefined;
  });
  const issues = await checkItems(open.map(({ item }) => item), "");
  const sound = keep(open, ({ item }) => issues.find(({ path }) => path.startsWith(itemPath(item)))?.message);
  const plan = await session.plan(owner, sound.map(({ item }) => item), []);
  const changes = new Map(plan.actions.map((action) => [nameOf(action.item), action.changes.filter(isDifference)]));
  const items = keep(sound, ({ item }) => {
    const fields = changes.get(nameOf(item))?.map(({ field }) => field);
    return fields?.length === 0 ? undefined : `it differs from what an item can say: ${fields?.join(", ") ?? "order"}`;
  });
  return { items, refused };
}

const nameOf = ({ kind, name }: Item): string => `${kind}\0${name}`;

/** True when any text of a want may be a secret, or the kind says that it always is. */
const holdsSecret = ({ props }: Kind, want: Json): boolean => isObject(want) && Object.entries(want).some(([key, value]) => props.schemas[key]?.secret === true || texts(value).some((text) => looksSecret(text)));

const texts = (value: Json): readonly string[] => (typeof value === "string" ? [value] : Array.isArray(value) ? value.flatMap(texts) : isObject(value) ? Object.values(value).flatMap(texts) : []);
