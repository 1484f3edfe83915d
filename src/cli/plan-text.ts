import type { Summary } from "#cli/output.ts";
import type { Paint } from "#cli/paint.ts";
import { PLAYBOOK, TERRAFORM } from "#cli/story.ts";
import type { PlannedEvent, PlannedField, PlannedItem } from "#provider/contract.ts";

/** What a resource is called in the program: the last part of its URN. */
export const nameOf = (urn: string): string => urn.split("::").at(-1) ?? urn;

/** The last part of a URN's type: `steading:host:Layer` for a layer in any component. */
export const typeOf = (urn: string): string => (urn.split("::").at(-2) ?? "").split("$").at(-1) ?? "";

type Mark = "+" | "~" | "-" | "?" | "…" | "=";

/** `+` was not there, `~` differs, `-` goes back to what it was, `?` cannot be told, `…` waits for something, `=` is so already. */
function markOf({ action, fields }: PlannedItem): Mark {
  if (action === "restore") return "-";
  if (action === "cannot-tell") return "?";
  if (action === "waits") return "…";
  if (action === "adopt") return "=";
  const absent = ({ have }: PlannedField): boolean => have === undefined || have === "absent";
  return fields.length > 0 && fields.every(absent) ? "+" : "~";
}

const paintOf = (mark: Mark, paint: Paint): ((text: string) => string) =>
  ({ "+": paint.added, "~": paint.changed, "-": paint.removed, "?": paint.unknown, "…": paint.faint, "=": paint.faint })[mark];

/** A digest is told apart by its beginning. */
const brief = (text: string): string => text.replaceAll(/\bsha256:([0-9a-f]{12})[0-9a-f]+…?/g, "sha256:$1…");

/** What a field says: what is there and what shall be, or why that cannot be told. */
function said({ action }: PlannedItem, { have, want, note }: PlannedField): string {
  if (action === "cannot-tell" && note !== undefined) return `cannot tell yet: ${note}`;
  if (note !== undefined && have === undefined && want === undefined) return note;
  const values = brief(`${have ?? "absent"} → ${want ?? "absent"}`);
  return note === undefined ? values : `${values} (${note})`;
}

const NO_FIELD: PlannedField = { field: "" };

const ADOPTED = "so already; this layer keeps it so";

/** How many adopted items are told by name; more are counted. */
const FEW = 3;

/** The widest label that columns are made for; a longer one stands out. */
const WIDEST = 44;

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length).filter((length) => length <= WIDEST));

/** A value in one line: control characters would move the cursor, or hide what follows. */
export const inOneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, (character) => (character === "\n" ? "⏎" : "·"));

/** The items of a plan, one line per field. */
function itemLines(items: readonly PlannedItem[], paint: Paint): readonly string[] {
  const labels = widest(items.map(({ kind, name }) => `${kind} ${name}`));
  const names = widest(items.flatMap(({ fields }) => fields.map(({ field }) => field)));
  return items.flatMap((item) => {
    const mark = markOf(item);
    const colour = paintOf(mark, paint);
    return (item.fields.length === 0 ? [NO_FIELD] : item.fields).map((field, index) => {
      const label = index === 0 ? `${mark} ${item.kind} ${item.name}` : "";
      const text = `${label.padEnd(labels + 2)}  ${field.field.padEnd(names)}`;
      const values = field !== NO_FIELD ? inOneLine(said(item, field)) : item.action === "adopt" ? ADOPTED : "";
      return `      ${colour(inOneLine(text))}  ${values}`.trimEnd();
    });
  });
}

/** Why nothing at all can be told of these items, where it is one reason for all. */
function commonReason(items: readonly PlannedItem[]): string | undefined {
  const [first, ...others] = items.map(({ action, fields }) => (action === "cannot-tell" && fields.length === 1 ? fields[0]?.note : undefined));
  return others.length > 0 && others.every((note) => note === first) ? first : undefined;
}

/** What the resources that tell their items are called. */
const WORDS: { readonly [type: string]: string } = { [PLAYBOOK]: "playbook", [TERRAFORM]: "terraform stack" };

/** The plan of a layer, playbook or stack of Terraform: what it is and where, each item that is not as declared, and what follows; `full` adds what is as declared. */
export function layerLines({ urn, host, items, reactions, unchanged = [] }: PlannedEvent, paint: Paint, full = false): readonly string[] {
  const idle = items.length + reactions.length === 0;
  const reason = full ? undefined : commonReason(items);
  const adopted = items.filter(({ action }) => action === "adopt").length;
  const isShort = !full && adopted > FEW;
  const told = isShort ? items.filter(({ action }) => action !== "adopt") : items;
  const mark = idle || (adopted > 0 && adopted === items.length) ? "=" : items.length > 0 && items.every((item) => markOf(item) === "-") ? paint.removed("-") : paint.changed("~");
  return [
    `  ${mark} ${WORDS[typeOf(urn)] ?? "layer"} ${paint.strong(nameOf(urn))} on ${inOneLine(host)}`,
    ...(reason === undefined ? itemLines(told, paint) : [`      ${paint.unknown(`? ${String(items.length)} items`)}  cannot tell yet: ${inOneLine(reason)}`]),
    ...(isShort ? [`      ${paint.faint(`= ${String(adopted)} items`)}  so already; this layer keeps them so`] : []),
    ...(full ? unchanged.map((item) => `      ${paint.faint(`= ${inOneLine(item)}`)}`) : []),
    ...reactions.map((reaction) => `      ${paint.changed("!")} ${inOneLine(reaction)}`),
  ];
}

/** Counts in words: only what is not zero, and always how much is unchanged. */
export function countText({ change, adopt, cannotTell, waiting, unchanged, queued, forgotten }: Summary, verb: "to change" | "changed"): string {
  const parts = [
    change === 0 && adopt > 0 && verb === "to change" ? "nothing to change" : `${String(change)} ${verb}`,
    ...(adopt > 0 ? [`${String(adopt)} ${verb === "to change" ? "to adopt" : "adopted"}`] : []),
    ...(cannotTell > 0 ? [`${String(cannotTell)} cannot be told yet`] : []),
    ...(queued > 0 ? [`${String(queued)} queued`] : []),
    ...(forgotten > 0 ? [`${String(forgotten)} left out`] : []),
    ...(waiting > 0 ? [`${String(waiting)} waiting`] : []),
    `${String(unchanged)} unchanged`,
  ];
  return parts.join(", ");
}

/** Seconds as people read them: `0.42 s`, `12.3 s`, `2 min 5 s`. */
export function secondsText(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
}
