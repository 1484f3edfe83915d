import { Ajv } from "ajv";
import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { readJsonFile } from "#engine/json-file.ts";

/** What becomes of a violation, in the order of Pulumi's protocol (pulumi proto/pulumi/analyzer.proto, EnforcementLevel). */
export const LEVELS = ["advisory", "mandatory", "disabled", "remediate"] as const;

/** What becomes of a violation. */
export type Level = (typeof LEVELS)[number];

/** How a policy is to be applied. */
export interface PolicyConfig {
  readonly level?: Level;
  readonly properties: JsonObject;
}

/** A policy as its pack describes it. */
export interface PolicyInfo {
  readonly name: string;
  readonly level: Level;
  /** The JSON Schema of each property that it takes. */
  readonly schema: JsonObject;
  readonly required: readonly string[];
}

/** Configurations by policy; `all` gives a level to each. */
export type PackConfig = ReadonlyMap<string, PolicyConfig>;

const isLevel = (value: Json | undefined): value is Level => LEVELS.some((level) => level === value);

const issue = (at: string, path: string, message: string, fix: string): Issue => ({ code: "policy.config", at, path, message, fix });

function readPolicy(value: Json, at: string, path: string): PolicyConfig | Issue {
  const { enforcementLevel, ...properties } = isObject(value) ? value : { enforcementLevel: value };
  if (enforcementLevel === undefined) return { properties };
  return isLevel(enforcementLevel) ? { level: enforcementLevel, properties } : issue(at, path, `${JSON.stringify(enforcementLevel)} is no enforcement level`, LEVELS.join(", "));
}

/**
 * Reads a file of `--policy-pack-config`: policies by name, each with a level, or an object with `enforcementLevel` and the policy's
 * own properties (pulumi pkg/resource/analyzer/config.go). Throws `Issues`.
 */
export async function readPackConfig(file: string): Promise<PackConfig> {
  const json = await readJsonFile(file);
  if (json === undefined) throw new Issues([issue(file, "", "there is no such file", "name a JSON file")]);
  if (json === null) return new Map();
  if (!isObject(json)) throw new Issues([issue(file, "", "is no JSON object", 'write {"name-of-the-policy": "mandatory"}')]);
  const read = Object.entries(json).map(([name, value]): readonly [string, PolicyConfig | Issue] =>
    name === "environments" ? [name, issue(file, name, "Steading's own engine does not know environments", "use the Pulumi CLI")] : [name, readPolicy(value, file, name)],
  );
  const issues = read.flatMap(([, each]) => ("code" in each ? [each] : []));
  if (issues.length > 0) throw new Issues(issues);
  return new Map(read.flatMap(([name, each]) => ("code" in each ? [] : [[name, each] as const])));
}

function apply(to: Map<string, Required<PolicyConfig>>, config: PackConfig): void {
  const all = config.get("all")?.level;
  for (const [name, { level, properties }] of to) {
    const own = config.get(name);
    to.set(name, { level: own?.level ?? all ?? level, properties: { ...properties, ...own?.properties } });
  }
}

const defaultsOf = (schema: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schema).flatMap(([key, of]) => (isObject(of) && of["default"] !== undefined ? [[key, of["default"]] as const] : [])));

/** What the schema of a policy says against its properties. */
function mistakes({ name, schema, required }: PolicyInfo, properties: JsonObject, at: string): readonly Issue[] {
  const ajv = new Ajv({ allErrors: true, strict: false, validateSchema: false, logger: false });
  try {
    const validate = ajv.compile({ type: "object", properties: schema, required });
    if (validate(properties)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => issue(at, [name, ...instancePath.split("/").slice(1)].join("."), message ?? "is not allowed", "mend the policy pack's configuration"));
  } catch (error) {
    return [issue(at, name, `its configSchema is wrong: ${error instanceof Error ? error.message : ""}`, "mend the policy pack")];
  }
}

/**
 * How each policy of a pack is to be applied: as it says itself, then as its pack says, then as the file says. Throws `Issues`.
 *
 * @param at - the file, or the pack where there is none
 */
export function reconcile(policies: readonly PolicyInfo[], initial: PackConfig, file: PackConfig, at: string): ReadonlyMap<string, Required<PolicyConfig>> {
  const result = new Map(policies.map(({ name, level, schema }) => [name, { level, properties: defaultsOf(schema) }] as const));
  const unknown = [...file.keys()].filter((name) => name !== "all" && !result.has(name));
  apply(result, initial);
  apply(result, file);
  const names = policies.map(({ name }) => name).join(", ");
  const issues = [
    ...unknown.map((name) => issue(at, name, "the pack has no such policy", names === "" ? "it has none" : `one of ${names}, or all`)),
    ...policies.flatMap((policy) => mistakes(policy, result.get(policy.name)?.properties ?? {}, at)),
  ];
  if (issues.length > 0) throw new Issues(issues);
  return result;
}
