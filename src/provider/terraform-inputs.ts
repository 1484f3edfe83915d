import { existsSync } from "node:fs";
import { checkProps } from "#model/check-props.ts";
import type { Issue } from "#model/issue.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { canonical, differingKeys, hasSecret, hasUnknown, isObject, isSecret, reveal, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { checkFailure } from "#provider/check-failure.ts";
import type { CheckRequest, CheckResponse } from "#provider/contract.ts";
import { wrapDeclared } from "#provider/secrets.ts";
import { terraformProps } from "#terraform/settings.ts";
import type { TerraformSettings } from "#terraform/settings.ts";

/** Inputs that make no difference to what OpenTofu does: where it and its providers are, and what opens the state. */
const NO_DIFFERENCE = new Set(["key", "tofu", "providerMirror"]);

const objectOf = (value: Json | undefined): JsonObject => {
  const opened = value === undefined ? undefined : reveal(value);
  return isObject(opened) ? opened : {};
};

const issue = (at: string, path: string, message: string, fix: string): Issue => ({ code: "terraform.invalid", at, path, message, fix });

/** What the configuration says of state and encryption, which are the stack's own. */
function foreignState(at: string, configuration: JsonObject): readonly Issue[] {
  const terraform = objectOf(configuration["terraform"]);
  const [backend] = Object.keys(objectOf(terraform["backend"]));
  const fix = "leave it out: the state is kept in the stack, encrypted";
  return [
    ...(backend === undefined ? [] : [issue(at, "configuration.terraform.backend", `there is a backend ${backend}`, fix)]),
    ...(["cloud", "encryption"] as const).flatMap((key) => (terraform[key] === undefined ? [] : [issue(at, `configuration.terraform.${key}`, `there is a block ${key}`, fix)])),
  ];
}

function variableIssues(at: string, configuration: JsonObject, variables: JsonObject): readonly Issue[] {
  const declared = objectOf(configuration["variable"]);
  const names = Object.keys(declared).join(", ");
  const fix = names === "" ? "declare a TerraformVariable of that name" : `one of ${names}`;
  const extra = Object.keys(variables).filter((name) => declared[name] === undefined);
  const absent = Object.keys(declared).filter((name) => variables[name] === undefined && objectOf(declared[name])["default"] === undefined);
  return [...extra.map((name) => issue(at, `variables.${name}`, `there is no variable ${name}`, fix)), ...absent.map((name) => issue(at, `variables.${name}`, `variable ${name} has no value`, "give it one in variables, or a default"))];
}

function mistakes(at: string, news: JsonObject): readonly Issue[] {
  const configuration = objectOf(news["configuration"]);
  const [mirror, variables] = [reveal(news["providerMirror"] ?? ""), reveal(news["variables"] ?? {})];
  return [
    ...checkProps(terraformProps, reveal(news), at),
    ...foreignState(at, configuration),
    ...(variables === UNKNOWN ? [] : variableIssues(at, configuration, objectOf(variables))),
    ...(typeof mirror !== "string" || mirror === "" || hasUnknown(mirror) || existsSync(mirror) ? [] : [issue(at, "providerMirror", `there is no ${mirror}`, "the folder that `tofu providers mirror` wrote")]),
  ];
}

/** All mistakes of a stack of Terraform, and its inputs with secrets wrapped. */
export function checkTerraform({ name, news }: CheckRequest): CheckResponse {
  const secrets = secretTexts(news);
  const failures = mistakes(`terraform stack ${name}`, news).map((found) => checkFailure({ ...found, message: mask(found.message, secrets) }));
  return { inputs: wrapDeclared(terraformProps, news), failures };
}

/** Paths of inputs that differ and may matter to what OpenTofu does. */
export const differingSettings = (olds: JsonObject, news: JsonObject): readonly string[] =>
  differingKeys(olds, news).filter((key) => !NO_DIFFERENCE.has(key)).toSorted();

const isSettings = (value: Json): value is JsonObject & TerraformSettings => isObject(value) && checkProps(terraformProps, value, "").length === 0;

/** What OpenTofu is given, opened. Throws for inputs that `checkTerraform` would refuse. */
export function settingsOf(inputs: JsonObject): TerraformSettings {
  const settings = reveal(inputs);
  if (!isSettings(settings)) throw new Error("the stack of Terraform was not checked");
  return settings;
}

/** Names of variables that are secrets, or hold some. */
export function sensitiveVariables({ variables = {} }: JsonObject): readonly string[] {
  const all = Object.entries(objectOf(variables));
  return all.filter(([name]) => isSecret(variables) || (isObject(variables) && hasSecret(variables[name] ?? null))).map(([name]) => name);
}

/** True when something that OpenTofu is given is not known yet. Its state's key is not: a look at what has no state needs none. */
export const isOpen = ({ key: _, ...inputs }: JsonObject): boolean => hasUnknown(reveal(inputs));

/** The providers that a configuration asks for: the kept lock file is for these. */
export const requiredProviders = ({ configuration = {} }: JsonObject): string => canonical(objectOf(objectOf(configuration)["terraform"])["required_providers"] ?? null);
