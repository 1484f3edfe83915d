import { dirname, resolve } from "node:path";
import { isMap, isScalar } from "yaml";
import type { Document } from "yaml";
import { Issues } from "#model/issue.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { AmbiguousValue, readConfigValue } from "#engine/config-value.ts";
import type { ConfigType, ConfigValue } from "#engine/config-value.ts";
import { given, parseJson, JsonFields } from "#engine/json-fields.ts";
import { parseYaml } from "#engine/yaml-file.ts";

/** Pulumi.yaml (pulumi sdk/go/common/workspace/project.go). */
export interface Project {
  /** Absolute path of the file. */
  readonly file: string;
  /** Where it is. */
  readonly directory: string;
  readonly name: string;
  readonly runtime: { readonly name: string; readonly options: JsonObject };
  /** Entry point or its directory, as written; undefined for the project directory. */
  readonly main: string | undefined;
  /** `backend.url`. */
  readonly backendUrl: string | undefined;
  /** `plugins.providers`; each path is absolute. */
  readonly providers: readonly ProviderPlugin[];
  /** Where the Pulumi.<stack>.yaml files are. */
  readonly configDirectory: string;
  /** By full key, `<namespace>:<name>`. */
  readonly config: ReadonlyMap<string, ProjectConfig>;
  /** The whole file, with keys that are not known here. */
  readonly fields: JsonObject;
}

/** A provider that Pulumi.yaml names by path. */
export interface ProviderPlugin {
  readonly name: string;
  readonly path: string;
  readonly version?: string;
}

/** What Pulumi.yaml says about one configuration key. */
export interface ProjectConfig {
  /** Asked for only where it is written. */
  readonly type?: ConfigType;
  /** Taken where the stack has no value. */
  readonly fallback?: ConfigValue;
  /** Must be encrypted in the stack's file. */
  readonly secret: boolean;
}

/** `<namespace>:<name>` of a key as files write it: the project is the default namespace, `a:config:b` is an old form of `a:b`. */
export function fullKey(key: string, project: string): string {
  const parts = key.split(":");
  return parts.length === 1 ? `${project}:${key}` : parts.length === 3 && parts[1] === "config" ? `${parts[0] ?? ""}:${parts[2] ?? ""}` : key;
}

function readType(json: JsonObject, at: string, path: string): ConfigType | undefined {
  const fields = new JsonFields(json, at, path);
  const type = fields.text("type");
  const items = fields.object("items");
  return type === undefined ? undefined : { type, items: items === undefined ? undefined : readType(items, at, `${path}.items`) };
}

/** One entry under `config`; a bare value is a default. */
function readProjectConfig(key: string, document: Document, json: Json | undefined, at: string): ProjectConfig {
  const value = (...more: readonly string[]): ConfigValue => readConfigValue(document.getIn(["config", key, ...more], true), document);
  if (!isObject(json)) return { secret: false, fallback: value() };
  const path = `config.${key}`;
  // As in the CLI, `default` wins over `value`.
  const written = ["default", "value"].find((name) => json[name] !== undefined && json[name] !== null);
  return {
    secret: new JsonFields(json, at, path).flag("secret") ?? false,
    ...given({ type: readType(json, at, path), fallback: written === undefined ? undefined : value(written) }),
  };
}

function readConfig(document: Document, project: string, fields: JsonObject, at: string): ReadonlyMap<string, ProjectConfig> {
  const node = document.get("config");
  const config = fields["config"];
  const keys = isMap(node) ? node.items.flatMap(({ key }) => (isScalar(key) && typeof key.value === "string" ? [key.value] : [])) : [];
  try {
    return new Map(keys.map((key) => [fullKey(key, project), readProjectConfig(key, document, isObject(config) ? config[key] : undefined, at)]));
  } catch (error) {
    if (!(error instanceof AmbiguousValue)) throw error;
    throw new Issues([{ code: "config.ambiguous", at, path: "config", message: error.message, fix: "write it in quotes" }]);
  }
}

/** A runtime as a name, or as an object with `name` and `options`. Throws `Issues`. */
export const readRuntime = (json: Json | undefined, at: string): Project["runtime"] => {
  if (typeof json === "string") return { name: json, options: {} };
  const fields = new JsonFields(json, at, "runtime");
  return { name: fields.required("name"), options: fields.object("options") ?? {} };
};

/** Reads Pulumi.yaml. Throws `Issues` with place and reason. */
export function parseProject(file: string, text: string): Project {
  const directory = dirname(file);
  const document = parseYaml(text, file);
  // Dates and the like become text; the file itself is never written.
  const json = parseJson(JSON.stringify(document.toJSON() ?? {}));
  const fields = new JsonFields(json, file, "");
  const name = fields.required("name");
  const plugins = new JsonFields(fields.object("plugins") ?? {}, file, "plugins");
  const providers = (plugins.objects("providers") ?? []).map((each, index): ProviderPlugin => {
    const plugin = new JsonFields(each, file, `plugins.providers[${String(index)}]`);
    return { name: plugin.required("name"), path: resolve(directory, plugin.required("path")), ...given({ version: plugin.text("version") }) };
  });
  const config = fields.any("config");
  // `config: <directory>` is the old spelling of stackConfigDir.
  const configDirectory = fields.text("stackConfigDir") ?? (typeof config === "string" ? config : ".");
  const all = isObject(json) ? json : {};
  return {
    file,
    directory,
    name,
    runtime: readRuntime(fields.any("runtime"), file),
    main: fields.text("main"),
    backendUrl: new JsonFields(fields.object("backend") ?? {}, file, "backend").text("url"),
    providers,
    configDirectory: resolve(directory, configDirectory),
    config: readConfig(document, name, all, file),
    fields: all,
  };
}
