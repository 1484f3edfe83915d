import type { HostState } from "#model/fault.ts";
import type { Issue } from "#model/issue.ts";
import { ARCHIVE, ASSET, isObject, isSecret, SIGNATURE, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { PolicyName } from "#engine/events.ts";
import type { PlannedEvent, Postponed } from "#provider/contract.ts";
import { placeHere } from "#cli/place.ts";
import { MASK, mask } from "#model/mask.ts";

/** The commands. */
export const COMMANDS = ["preview", "up", "refresh", "destroy", "import", "new", "lab", "doctor"] as const;

/** One of them. */
export type CommandName = (typeof COMMANDS)[number];

/** True for the name of a command. */
export const isCommandName = (name: string): name is CommandName => COMMANDS.some((command) => command === name);

/** What `--json` prints: one document on stdout. Secrets are `[secret]`. Its JSON Schema is `output.schema.json`. */
export interface Output {
  /** `steading`: no command that there is was typed. */
  readonly command: CommandName | "steading";
  /** `changes`: a preview that found some. */
  readonly result: "succeeded" | "failed" | "changes";
  readonly project?: string;
  readonly stack?: string;
  /** What happens to every resource of the stack; those that stay the same only with `--full`. */
  readonly resources?: readonly ResourceOutput[];
  /** The plan of every layer, item by item. */
  readonly layers?: readonly Pick<PlannedEvent, "urn" | "host" | "items" | "reactions" | "unchanged">[];
  readonly summary?: Summary;
  /** The stack's outputs. */
  readonly outputs?: JsonObject;
  /** Mistakes that the user can mend. */
  readonly issues?: readonly Issue[];
  /** What the world refused. */
  readonly errors?: readonly ErrorOutput[];
  /** What policies found, mandatory ones among `errors` too. */
  readonly violations?: readonly ViolationOutput[];
  /** What policies changed. */
  readonly remediations?: readonly RemediationOutput[];
  /** What the run did not come to: hosts by name, else resources. */
  readonly notBegun?: readonly string[];
  readonly machines?: readonly { readonly cloud: string; readonly id: string; readonly address?: string }[];
  readonly findings?: readonly Finding[];
  /** The program that `import` wrote. */
  readonly file?: string;
  /** What `import` declared in it. */
  readonly items?: readonly { readonly kind: string; readonly name: string }[];
  /** What `import` left out, and why. */
  readonly unmanaged?: readonly { readonly kind: string; readonly name: string; readonly why: string }[];
  /** Directory that `new` made. */
  readonly directory?: string;
  readonly seconds?: number;
  /** File that a preview kept its plan in. */
  readonly plan?: string;
}

/** What happened, or would happen, to a resource. */
export interface ResourceOutput {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly operation: string;
  readonly seconds?: number;
  /** It was not done: its host does not answer. */
  readonly postponed?: Postponed;
}

/** What the world refused, and in what state that left a host. */
export interface ErrorOutput {
  readonly message: string;
  readonly urn?: string;
  readonly code?: string;
  readonly host?: string;
  readonly hostState?: HostState;
}

/** What a policy found. */
export interface ViolationOutput extends PolicyName {
  readonly level: "advisory" | "mandatory";
  readonly urn: string;
  readonly message: string;
}

/** What a policy changed of a resource. */
export interface RemediationOutput extends PolicyName {
  readonly urn: string;
  /** Property paths. */
  readonly paths: readonly string[];
}

/** What one check found. */
export interface Finding {
  /** What was looked at, in a few words. */
  readonly check: string;
  /** `fail`: Steading cannot work; `warn`: a part of it cannot. */
  readonly status: "pass" | "warn" | "fail";
  readonly found: string;
  /** The line that mends it; absent when nothing is wrong. */
  readonly fix?: string;
}

/** Items of all layers, counted by what is to be said of them. */
export interface Summary {
  readonly change: number;
  /** As declared already; owned from now on. */
  readonly adopt: number;
  readonly cannotTell: number;
  readonly waiting: number;
  readonly unchanged: number;
  /** Layers that wait for their host: the next run that reaches it does it. */
  readonly queued: number;
  /** Layers that were left out, or dropped from the state, because their host does not answer. */
  readonly forgotten: number;
}

/** The version of the document; it grows when a program that reads it would have to change. */
export const FORMAT_VERSION = 1;

/** An issue's own fields: whoever found it may know more. */
export const issueOutput = ({ code, at, path, message, fix }: Issue): Issue => ({ code, at: placeHere(at), path, message, fix });

/** Fields that programs read, and that say nothing which a secret could be. */
const NAMES = new Set(["command", "result", "project", "stack", "urn", "type", "name", "operation", "kind", "action", "field", "code", "host", "hostState"]);

/**
 * The document as text.
 *
 * @param secrets - texts that are masked in it
 */
export const jsonText = (output: Output, secrets: ReadonlySet<string> = new Set()): string =>
  JSON.stringify({ formatVersion: FORMAT_VERSION, ...output }, (key, value: unknown) => (typeof value === "string" && !NAMES.has(key) ? mask(value, secrets) : value), 2);

/** A value as it may be shown: secrets masked. */
function shown(value: Json, unknown: Json): Json {
  if (isSecret(value)) return MASK;
  if (value === UNKNOWN) return unknown;
  if (Array.isArray(value)) return value.map((inner: Json) => shown(inner, unknown));
  return isObject(value) ? shownOutputs(value, unknown) : value;
}

/**
 * A stack's outputs as they may be shown.
 *
 * @param unknown - what stands for a value that is not known yet
 */
export const shownOutputs = (outputs: JsonObject, unknown: Json = null): JsonObject => Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, shown(value, unknown)]));

/** An asset or archive in a word: what it is, where it is, the beginning of its hash. */
function assetText({ path, text, uri, hash, ...value }: JsonObject): string {
  const where = [path, uri].find((place) => typeof place === "string") ?? (text === undefined ? "of assets" : "of text");
  return `${value[SIGNATURE] === ASSET ? "asset" : "archive"} ${where} sha256:${typeof hash === "string" ? hash.slice(0, 7) : ""}`;
}

/** An output for people, who do not read what assets and archives are in a state. */
export function outputText(value: Json): string {
  const named = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(named);
    if (!isObject(inner)) return inner;
    if (inner[SIGNATURE] === ASSET || inner[SIGNATURE] === ARCHIVE) return assetText(inner);
    return Object.fromEntries(Object.entries(inner).map(([key, deeper]) => [key, named(deeper)]));
  };
  const text = named(value);
  return typeof text === "string" ? text : JSON.stringify(text);
}
