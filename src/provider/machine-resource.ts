import { checkProps } from "#model/check-props.ts";
import type { Cloud, CloudContext, Machine } from "#model/cloud.ts";
import { formatIssue } from "#model/issue.ts";
import { differingKeys, differs, hasUnknown, isObject, reveal, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { cloudNamed } from "#provider/clouds.ts";
import { connectionValue } from "#provider/connection-input.ts";
import type { CheckFailure, CheckRequest, DiffResponse } from "#provider/contract.ts";
import { Failed, said } from "#provider/failed.ts";
import { memberPath } from "#provider/property-path.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { wrapDeclared } from "#provider/secrets.ts";
import { withTimeLimit } from "#provider/time-limit.ts";

const textOf = (value: Json | undefined): string | undefined => {
  const opened = value === undefined ? undefined : reveal(value);
  return typeof opened === "string" ? opened : undefined;
};

const objectOf = (value: Json | undefined): JsonObject => {
  const opened = value === undefined ? undefined : reveal(value);
  return isObject(opened) ? opened : {};
};

async function cloudOf(inputs: JsonObject): Promise<Cloud<object>> {
  const name = textOf(inputs["cloud"]) ?? "";
  const cloud = await cloudNamed(name);
  if (!cloud) throw new Failed(`there is no cloud ${name}: see the files in clouds/`);
  return cloud;
}

/** Mistakes of the declaration, and changes that the cloud cannot make. */
async function failuresOf({ name: at, olds, news }: CheckRequest): Promise<readonly CheckFailure[]> {
  const name = textOf(news["name"]);
  const nameFailures = name !== undefined && (hasUnknown(name) || /^[a-z][a-z0-9-]{0,62}$/.test(name))
    ? []
    : [{ property: "name", reason: `${at}: ${JSON.stringify(name)} is no machine name (lower-case letters, digits and -, starting with a letter, at most 63)` }];
  const word = textOf(news["cloud"]);
  if (word !== undefined && hasUnknown(word)) return nameFailures;
  const cloud = await cloudNamed(word ?? "");
  if (!cloud) return [...nameFailures, { property: "cloud", reason: `${at}: there is no cloud ${JSON.stringify(word)} (see the files in clouds/)` }];
  const want = objectOf(news["want"]);
  const wrong = checkProps(cloud.props, want, at).map((issue) => ({
    property: issue.path === "" ? "want" : `want.${issue.path}`,
    reason: formatIssue({ ...issue, path: "" }),
  }));
  const before = olds?.["want"] === undefined || textOf(olds["cloud"]) !== word || textOf(olds["name"]) !== name ? undefined : objectOf(olds["want"]);
  const replacing: readonly string[] = cloud.replaceOn;
  const fixed = before === undefined || replacing.some((key) => differs(before[key], want[key]))
    ? []
    : Object.keys({ ...before, ...want })
        .filter((key) => !replacing.includes(key) && !hasUnknown(want[key] ?? null) && differs(before[key], want[key]))
        .map((key) => ({ property: memberPath("want", key), reason: `${at}: ${key} of a machine that exists cannot be changed (give the machine a new name, or leave ${key} as it was)` }));
  const obstacles = olds === undefined && wrong.length === 0 ? ((await cloud.obstacles?.()) ?? []) : [];
  return [...nameFailures, ...wrong, ...fixed, ...obstacles.map((issue) => ({ property: "cloud", reason: formatIssue(issue) }))];
}

/** Removes a machine; without an id what a killed run was making: a cloud finds it by its name when it is to make it again. */
async function remove(id: string, inputs: JsonObject, context: CloudContext): Promise<void> {
  const cloud = await cloudOf(inputs);
  if (id === "" && cloud.list !== undefined && (await cloud.list()).length === 0) return;
  const made = id === "" ? await cloud.create(textOf(inputs["name"]) ?? "", objectOf(inputs["want"]), context) : { id };
  await cloud.destroy(made.id, context);
}

/** `steading:cloud:Machine`: a machine that a cloud makes. */
export function machineResource(context: ResourceContext): ResourceType {
  const contextFor = (urn: string, inputs: JsonObject, seconds = 0): CloudContext => {
    const secrets = secretTexts(inputs);
    const signal = withTimeLimit(context.signal, seconds);
    return { signal, owner: `the stack ${context.project}/${context.stack}`, progress: (line) => { context.report({ event: "message", severity: "info", urn, text: mask(line, secrets) }); } };
  };
  const outputs = (inputs: JsonObject, made: Machine): JsonObject => ({ ...inputs, connection: connectionValue(made.connection) });
  const readNow = async (urn: string, id: string, inputs: JsonObject): Promise<Machine | undefined> =>
    (await cloudOf(inputs)).read(id, contextFor(urn, inputs));
  return {
    async check(request) {
      const { news } = request;
      const secrets = secretTexts(news);
      const failures = (await said(failuresOf(request), secrets)).map((failure) => ({ ...failure, reason: mask(failure.reason, secrets) }));
      const cloud = await cloudNamed(textOf(news["cloud"]) ?? "");
      const { want } = news;
      return { inputs: cloud && isObject(want) ? { ...news, want: wrapDeclared(cloud.props, want) } : news, failures };
    },
    async diff({ urn, id, oldInputs, olds, news }): Promise<DiffResponse> {
      const top = ["cloud", "name"].filter((key) => differs(oldInputs[key], news[key]));
      const [before, after] = [objectOf(oldInputs["want"]), objectOf(news["want"])];
      const fields = differingKeys(before, after).map((key) => memberPath("want", key));
      const now = top.length > 0 ? undefined : await readNow(urn, id, oldInputs);
      const gone = top.length === 0 && now === undefined;
      const moved = now !== undefined && differs(connectionValue(now.connection), olds["connection"]);
      const replaces = [...top, ...fields, ...(gone ? ["name"] : [])];
      return {
        changes: replaces.length > 0 || moved ? "some" : "none",
        detailedDiff: {
          ...Object.fromEntries(replaces.map((path) => [path, { kind: "update-replace" as const, inputDiff: true }])),
          ...(moved ? { connection: { kind: "update" as const, inputDiff: false } } : {}),
        },
        diffs: [...new Set([...replaces.map((path) => path.split(/[.[]/)[0] ?? path), ...(moved ? ["connection"] : [])])],
        replaces,
        deleteBeforeReplace: true,
      };
    },
    async create({ urn, inputs, preview, timeoutSeconds }) {
      if (preview) return { id: "", properties: { ...inputs, connection: UNKNOWN } };
      const cloud = await cloudOf(inputs);
      const made = await said(cloud.create(textOf(inputs["name"]) ?? "", objectOf(inputs["want"]), contextFor(urn, inputs, timeoutSeconds)), secretTexts(inputs));
      return { id: made.id, properties: outputs(inputs, made) };
    },
    async update({ urn, id, news, preview, olds }) {
      const now = await readNow(urn, id, news);
      if (now === undefined && !preview) throw new Failed(`the machine ${id} is gone; run again and it is made anew`);
      return { properties: now === undefined ? { ...news, connection: olds["connection"] ?? UNKNOWN } : outputs(news, now) };
    },
    async read({ urn, id, inputs }) {
      if (inputs === undefined) throw new Failed("a machine cannot be imported: declare a host with its connection instead");
      const now = await readNow(urn, id, inputs);
      return now === undefined ? { id: "", inputs: {}, properties: {} } : { id, inputs, properties: outputs(inputs, now) };
    },
    async delete({ urn, id, oldInputs, timeoutSeconds, preview }) {
      if (preview !== true) await remove(id, oldInputs, contextFor(urn, oldInputs, timeoutSeconds));
    },
  };
}
