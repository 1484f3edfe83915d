import { Issues } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { closedValue, holdsSecret, isOfType, programText } from "#engine/config-value.ts";
import type { ConfigType, ConfigValue } from "#engine/config-value.ts";
import type { Crypter } from "#engine/passphrase.ts";
import type { Project } from "#engine/project.ts";
import type { StackConfig } from "#engine/stack-config.ts";
import { parseJson } from "#engine/json-fields.ts";

/** The configuration of one run. */
export interface ProgramConfig {
  /** `PULUMI_CONFIG`: full key to text; objects and lists as JSON, secrets opened. */
  readonly values: { readonly [key: string]: string };
  /** `PULUMI_CONFIG_SECRET_KEYS`. */
  readonly secretKeys: readonly string[];
  /** For the history: secrets as `{"secure": ciphertext}`. */
  readonly closed: JsonObject;
}

const typeName = ({ type, items }: ConfigType): string => (items === undefined ? type : `${type}<${typeName(items)}>`);

/** Values of the stack, completed by what Pulumi.yaml says, and what that finds missing. */
function complete(project: Project, stack: StackConfig): { values: ReadonlyMap<string, ConfigValue>; issues: readonly Issue[] } {
  const values = new Map(stack.values());
  const issues: Issue[] = [];
  for (const [key, { fallback, type, secret }] of project.config) {
    const value = values.get(key);
    const issue = (code: string, message: string, fix: string): Issue => ({ code, at: stack.file, path: `config.${key}`, message, fix });
    if (value !== undefined && type !== undefined && secret && !holdsSecret(value))
      issues.push(issue("config.unencrypted", "is in clear and must be a secret", `pulumi config set --secret ${key}`));
    if (value !== undefined) continue;
    if (fallback !== undefined) values.set(key, fallback);
    else if (key.startsWith(`${project.name}:`)) issues.push(issue("config.missing", "has no value", `add \`${key}: …\` under config`));
  }
  return { values, issues };
}

/**
 * What the program is given (pulumi sdk/go/common/workspace/config.go). Throws `Issues` with every value that is missing, of
 * the wrong type, in clear though it must be secret, or that cannot be decrypted.
 *
 * @param crypter - undefined where there is no passphrase
 */
export function programConfig(project: Project, stack: StackConfig, crypter: Crypter | undefined): ProgramConfig {
  const { values, issues } = complete(project, stack);
  const found: Issue[] = [...issues];
  const opened: [string, string][] = [];
  const open = (ciphertext: string): string => {
    if (crypter !== undefined) return crypter.decrypt(ciphertext);
    throw new Issues([
      { code: "passphrase.missing", at: stack.file, path: "", message: "the configuration has secrets, and there is no passphrase", fix: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" },
    ]);
  };
  for (const [key, value] of values) {
    try {
      const text = programText(value, open);
      opened.push([key, text]);
      const type = project.config.get(key)?.type;
      const content: Json = value.is === "list" || value.is === "map" ? parseJson(text) : text;
      if (type !== undefined && !isOfType(content, type))
        found.push({ code: "config.type", at: stack.file, path: `config.${key}`, message: `is not of type ${typeName(type)}`, fix: "Pulumi.yaml asks for it" });
    } catch (error) {
      if (!(error instanceof Issues)) throw error;
      found.push(...error.issues.map((issue) => ({ ...issue, path: `config.${key}` })));
    }
  }
  if (found.length > 0) throw new Issues(found);
  return {
    values: Object.fromEntries(opened),
    secretKeys: [...values].filter(([, value]) => holdsSecret(value)).map(([key]) => key),
    closed: Object.fromEntries([...values].map(([key, value]) => [key, closedValue(value)])),
  };
}
