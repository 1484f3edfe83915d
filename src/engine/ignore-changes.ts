import { Issues } from "#model/issue.ts";
import { isList, isObject, isSecret, secret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { parsePath } from "#provider/property-path.ts";
import type { PropertyPath } from "#provider/property-path.ts";

/** The value with what was there before; its `value` is undefined where nothing was. Undefined where the path leads nowhere on one side. */
type Kept = { readonly value: Json | undefined } | undefined;

/** The same path on both sides, what was there being secret or not. */
type Sides = readonly [news: Json | undefined, olds: Json | undefined, hidden: boolean];

const opened = (olds: Json | undefined, hidden: boolean): readonly [Json | undefined, boolean] => (isSecret(olds) ? [olds.value, true] : [olds, hidden]);

/** Keeps one entry of an object: it goes where there was none. */
function keepMember(news: JsonObject, olds: Json | undefined, key: string, rest: PropertyPath, hidden: boolean): Kept {
  const before = isObject(olds) ? olds[key] : undefined;
  if (rest.length > 0 && news[key] === undefined) return before === undefined ? { value: news } : undefined;
  const kept = keep([news[key], before, hidden], rest);
  if (kept === undefined) return undefined;
  const { [key]: _, ...others } = news;
  return { value: kept.value === undefined ? others : { ...others, [key]: kept.value } };
}

/** Keeps one element of a list, or each of them. */
function keepElements(news: readonly Json[], olds: readonly Json[], indexes: readonly number[], rest: PropertyPath, hidden: boolean): Kept {
  const list = [...news];
  for (const index of indexes) {
    const [now, before] = [news[index], olds[index]];
    if (now === undefined && before === undefined) continue;
    // An index that only one side has cannot be kept without moving its neighbours.
    const kept = now === undefined || before === undefined ? undefined : keep([now, before, hidden], rest);
    if (kept?.value === undefined) return undefined;
    list[index] = kept.value;
  }
  return { value: list };
}

function keepAll([news, olds, hidden]: Sides, rest: PropertyPath): Kept {
  if (isObject(news) && isObject(olds))
    return [...new Set([...Object.keys(news), ...Object.keys(olds)])].reduce<Kept>((kept, key) => (kept !== undefined && isObject(kept.value) ? keepMember(kept.value, olds, key, rest, hidden) : undefined), { value: news });
  const [now, before] = [news, olds].map((side) => side !== undefined && (isList(side) || isObject(side)));
  if (news !== undefined && olds !== undefined && isList(news) && isList(olds)) return news.length === olds.length ? keepElements(news, olds, [...news.keys()], rest, hidden) : undefined;
  return now === before || olds === undefined ? { value: news } : undefined;
}

/** What was there takes the place of what is new, through secrets on either side (pulumi sdk/go/common/resource, PropertyPath.Reset). */
function keep([news, olds, hidden]: Sides, path: PropertyPath): Kept {
  const [key, ...rest] = path;
  if (key === undefined) return { value: olds === undefined || !hidden || isSecret(olds) ? olds : secret(olds) };
  if (isSecret(news)) {
    const kept = keep([news.value, opened(olds, false)[0], false], path);
    return kept === undefined ? undefined : { value: secret(kept.value ?? null) };
  }
  // What is not known yet cannot be changed in part.
  if (news === UNKNOWN) return { value: news };
  const [before, isHidden] = opened(olds, hidden);
  if (key === "*") return keepAll([news, before, isHidden], rest);
  if (typeof key === "number") {
    const [now, then] = [news !== undefined && isList(news) ? news : undefined, before !== undefined && isList(before) ? before : undefined];
    if (now !== undefined && then !== undefined) return keepElements(now, then, [key], rest, isHidden);
    return now === then ? { value: news } : undefined;
  }
  if (isObject(news)) return keepMember(news, before, key, rest, isHidden);
  return isObject(before) && before[key] !== undefined ? undefined : { value: news };
}

/**
 * New inputs with the old values at the paths that `ignoreChanges` names (pulumi pkg/resource/deploy, processIgnoreChanges).
 * Throws `Issues` for a path that cannot be read, and for one that leads nowhere in the old or in the new inputs only.
 */
export function withIgnoredChanges(news: JsonObject, olds: JsonObject, paths: readonly string[], at: string): JsonObject {
  const refuse = (message: string, fix: string): never => {
    throw new Issues([{ code: "path.invalid", at, path: "ignoreChanges", message, fix }]);
  };
  return paths.reduce<JsonObject>((inputs, text) => {
    const path = parsePath(text);
    if (path === undefined || path.length === 0) return refuse(`${JSON.stringify(text)} is not a property path`, 'write it like spec.list[0] or tags["a.b"]');
    const kept = keep([inputs, olds, false], path);
    return isObject(kept?.value) ? kept.value : refuse(`${JSON.stringify(text)} cannot be kept as it was: a part of the path is missing in the old inputs, or in the new ones`, "name a path that both have");
  }, news);
}
