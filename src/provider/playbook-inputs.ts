import { existsSync } from "node:fs";
import { playbookDigest } from "#ansible/digest.ts";
import { invocation } from "#ansible/invocation.ts";
import type { Invocation } from "#ansible/invocation.ts";
import { playbookProps } from "#ansible/playbook.ts";
import type { Playbook } from "#ansible/playbook.ts";
import { userConfig } from "#ansible/user-config.ts";
import type { Workspace } from "#ansible/workspace.ts";
import { checkProps } from "#model/check-props.ts";
import type { Connection } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { differingKeys, hasUnknown, isObject, isSecret, reveal, secret } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { connectionIssues, wrapConnection } from "#provider/connection-input.ts";
import { checkFailure } from "#provider/check-failure.ts";
import type { CheckRequest, CheckResponse } from "#provider/contract.ts";
import { wrapDeclared } from "#provider/secrets.ts";

/** The inputs of a playbook that are no part of what is run: how the host is reached, and what was in the files. */
const BESIDE = new Set(["host", "digest"]);

/** What makes no difference to a host: how it is reached, where the files are here, and whose Ansible runs. */
const NO_DIFFERENCE = new Set(["host", "playbook", "directory", "undoPlaybook", "ansible"]);

const without = (inputs: JsonObject, keys: ReadonlySet<string>): JsonObject => Object.fromEntries(Object.entries(inputs).filter(([key]) => !keys.has(key)));

const textIn = (inputs: JsonObject, key: string): string | undefined => {
  const value = inputs[key] === undefined ? undefined : reveal(inputs[key]);
  return typeof value === "string" && !hasUnknown(value) ? value : undefined;
};

const issue = (at: string, path: string, message: string, fix: string): Issue => ({ code: "playbook.invalid", at, path, message, fix });

function mistakes(at: string, news: JsonObject): readonly Issue[] {
  const host = news["host"] === undefined ? undefined : reveal(news["host"]);
  const isTree = isObject(host) && host["via"] === "tree";
  const missing = (["playbook", "undoPlaybook", "directory"] as const).flatMap((key) => {
    const file = textIn(news, key);
    return file === undefined || existsSync(file) ? [] : [issue(at, key, `there is no ${file}`, "a path, from where the program runs")];
  });
  return [
    ...connectionIssues(news["host"], at).map((found) => ({ ...found, path: found.path === "" ? "host" : `host.${found.path}` })),
    ...(isTree ? [issue(at, "host", "Ansible does not reach an unbooted tree", "a host over ssh, or this machine")] : []),
    ...checkProps(playbookProps, reveal(without(news, BESIDE)), at),
    ...missing,
  ];
}

/** All mistakes of a playbook, and its inputs with secrets wrapped and a digest of its files. */
export function checkPlaybook({ name, news }: CheckRequest): CheckResponse {
  const secrets = secretTexts(news);
  const failures = mistakes(`playbook ${name}`, news).map((found) => checkFailure({ ...found, message: mask(found.message, secrets) }));
  const { host } = news;
  const [playbook, directory] = [textIn(news, "playbook"), textIn(news, "directory")];
  const digest = failures.length > 0 || playbook === undefined || directory === undefined ? {} : { digest: playbookDigest(playbook, directory, userConfig(directory).written) };
  return { inputs: { ...wrapDeclared(playbookProps, without(news, BESIDE)), ...(host === undefined ? {} : { host: wrapConnection(host) }), ...digest }, failures };
}

/** Paths of inputs that differ and may matter to the host. */
export const differingInputs = (olds: JsonObject, news: JsonObject): readonly string[] =>
  differingKeys(olds, news).filter((key) => !NO_DIFFERENCE.has(key)).toSorted();

const isPlaybook = (value: Json): value is JsonObject & Playbook => isObject(value) && checkProps(playbookProps, value, "").length === 0;

/** What is run, opened. Throws for inputs that `checkPlaybook` would refuse. */
export function playbookOf(inputs: JsonObject): Playbook {
  const want = reveal(without(inputs, BESIDE));
  if (!isPlaybook(want)) throw new Error("the playbook was not checked");
  return want;
}

/** Starts a run of `want`; what is secret in `inputs` goes another way than the rest. */
export function invocationOf(want: Playbook, inputs: JsonObject, to: Connection, check: boolean): (place: Workspace) => Invocation {
  const declared = inputs["extraVars"];
  const opened = declared === undefined ? undefined : reveal(declared);
  // A secret object is an object of secrets: its names are those of variables.
  const extraVars = isSecret(declared) && isObject(opened) ? Object.fromEntries(Object.entries(opened).map(([key, value]) => [key, secret(value)])) : declared;
  const { extraVars: _, ...rest } = want;
  return (place) => invocation({ ...rest, ...(extraVars === undefined ? {} : { extraVars }) }, to, place, userConfig(want.directory), check);
}

/** True when something that is run is not known yet. */
export const isOpen = (inputs: JsonObject): boolean => hasUnknown(reveal(without(inputs, BESIDE)));
