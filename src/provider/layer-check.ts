import { checkItems, itemPath } from "#host/check.ts";
import { kindNamed } from "#host/kinds.ts";
import { hostName } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import { isOutputText } from "#model/output-text.ts";
import { hasUnknown, isList, isObject, isSecret, reveal, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { checkFailure } from "#provider/check-failure.ts";
import type { Claim, Claims, DeclaredLayer } from "#provider/claims.ts";
import { connectionIssues, knownConnection, placeOf, wrapConnection } from "#provider/connection-input.ts";
import type { CheckRequest, CheckResponse } from "#provider/contract.ts";
import { layerItems, opened } from "#provider/layer-items.ts";
import type { LayerItem } from "#provider/layer-items.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { memberPath } from "#provider/property-path.ts";
import { wrapDeclared } from "#provider/secrets.ts";

/** All mistakes of a layer at once, and its inputs with every secret wrapped. */
export async function checkLayer({ urn, name, news }: CheckRequest, claims: Claims): Promise<CheckResponse> {
  const layer = nameOf(news);
  const at = `layer ${layer ?? name}`;
  const { items, malformed } = layerItems(news["items"]);
  const known = items.filter(({ want }) => want[""] !== UNKNOWN).map(opened);
  const hostIssues = connectionIssues(news["host"], at).map((issue) => ({ ...issue, path: issue.path === "" ? "host" : `host.${issue.path}` }));
  const found: Issue[] = [
    ...hostIssues,
    ...(layer === undefined ? [{ code: "layer.unnamed", at, path: "layer", message: `${JSON.stringify(news["layer"] ?? null)} is no layer name`, fix: "letters, digits, ., - and _" }] : []),
    ...mistakesOf(news["mistakes"]),
    ...malformed.map((path) => ({ code: "item.malformed", at, path, message: "this is no object", fix: "items are { [kind]: { [name]: want } }" })),
    ...(await checkItems(known, at)),
    ...known.flatMap((item) => outputTexts(item.want, () => itemPath(item))).map((path) => ({ code: "value.output", at, path, message: "an Output was made part of a text: what it is, is not known there", fix: "use interpolate`…`, or apply" })),
  ];
  const sound = known.filter((item) => !found.some(({ path }) => path.startsWith(itemPath(item))));
  if (hostIssues.length === 0 && layer !== undefined) found.push(...(await claimIssues({ urn, layer, items }, news["host"], sound, claims)));
  const secrets = secretTexts(news);
  const failures = found.map((found) => checkFailure({ ...found, at: mask(found.at, secrets), message: mask(found.message, secrets), fix: mask(found.fix, secrets) }));
  return { inputs: await wrapInputs(news), failures };
}

/** Property paths of the texts in a value that an Output was made part of. */
function outputTexts(value: Json, path: () => string): readonly string[] {
  if (typeof value === "string") return isOutputText(value) ? [path()] : [];
  if (isList(value)) return value.flatMap((inner, index) => outputTexts(inner, () => `${path()}[${String(index)}]`));
  return isObject(value) ? Object.entries(value).flatMap(([key, inner]) => outputTexts(inner, () => memberPath(path(), key))) : [];
}

/** What the program found wrong itself, and left for here so that all mistakes are told at once. */
function mistakesOf(value: Json | undefined): readonly Issue[] {
  if (value === undefined || !isList(value)) return [];
  const textOf = (mistake: JsonObject, key: string): string => (typeof mistake[key] === "string" ? mistake[key] : "");
  return value.filter(isObject).map((mistake) => ({
    code: textOf(mistake, "code"),
    at: textOf(mistake, "at"),
    path: textOf(mistake, "path"),
    message: textOf(mistake, "message"),
    fix: textOf(mistake, "fix"),
  }));
}

/** The name of a layer; undefined when it is none. */
export function nameOf(inputs: JsonObject): string | undefined {
  const { layer } = inputs;
  return typeof layer === "string" && layer !== UNKNOWN && /^[\w][\w.-]*$/.test(layer) ? layer : undefined;
}

/** What other layers of this run want differently on the same machine. */
async function claimIssues(declared: Omit<DeclaredLayer, "place">, host: Json | undefined, sound: readonly LayerItem[], claims: Claims): Promise<readonly Issue[]> {
  const to = knownConnection(host);
  if (to === undefined) return [];
  const { layer } = declared;
  const mine = (await Promise.all(sound.filter(({ want }) => !hasUnknown(want)).map(claimsOf))).flat();
  const { conflicts, sameName } = claims.declare({ ...declared, place: placeOf(to) }, mine);
  const at = `layer ${layer}`;
  return [
    ...(sameName ? [{ code: "layer.twice", at, path: "layer", message: `two layers of ${hostName(to)} are called ${layer}`, fix: "give each its own name" }] : []),
    ...conflicts.map((conflict) => ({
      code: "item.conflict",
      at,
      path: itemPath(conflict.mine),
      message: `${conflict.mine.kind} ${conflict.mine.name} and ${conflict.theirs.kind} ${conflict.theirs.name} of layer ${conflict.layer} both decide on ${conflict.mine.subject} of ${hostName(to)}, and differ`,
      fix: "keep one of them, or declare both alike",
    })),
  ];
}

async function claimsOf({ kind, name, want }: LayerItem): Promise<readonly Claim[]> {
  const subjects = (await kindNamed(kind))?.owns(want) ?? [];
  return subjects.map((subject, index) => ({ subject, kind, name, want, isMain: index === 0 }));
}

/** Wraps what the connection and the kinds keep secret always. What is inside a secret already stays as it is. */
async function wrapInputs(news: JsonObject): Promise<JsonObject> {
  const { host, items } = news;
  return {
    ...news,
    ...(host === undefined ? {} : { host: wrapConnection(host) }),
    ...(isObject(items) && !isSecret(items) ? { items: await wrapItems(items) } : {}),
  };
}

async function wrapItems(items: JsonObject): Promise<JsonObject> {
  const wrapped: [string, Json][] = [];
  for (const [name, wants] of Object.entries(items)) {
    const kind = isObject(wants) && !isSecret(wants) ? await kindNamed(name) : undefined;
    const inner = kind && isObject(wants) ? Object.fromEntries(Object.entries(wants).map(([item, want]) => [item, isObject(want) && !isSecret(want) ? wrapDeclared(kind.props, want) : want])) : wants;
    wrapped.push([name, inner]);
  }
  return Object.fromEntries(wrapped);
}

/** The host of a layer's inputs, by name; for messages. */
export function hostOf(inputs: JsonObject): string {
  const host = inputs["host"] === undefined ? undefined : reveal(inputs["host"]);
  if (host === undefined || hasUnknown(host)) return "a host that is not known yet";
  const to = knownConnection(host);
  return to === undefined ? "" : hostName(to);
}
