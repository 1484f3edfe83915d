import { readFile } from "node:fs/promises";
import { Issues } from "#model/issue.ts";
import { canonical, isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { unlessMissing, writeDurably } from "#engine/durable-write.ts";
import { JsonFields, parseJson } from "#engine/json-fields.ts";
import type { OpenStack } from "#engine/open-stack.ts";
import type { Crypter } from "#engine/passphrase.ts";
import type { PlannedResource } from "#engine/plan-compare.ts";

/** The version of the plan file's format. */
const VERSION = 1;

/** A plan as its file has it. */
interface PlanFile {
  readonly steadingPlan: typeof VERSION;
  readonly project: string;
  readonly stack: string;
  /** When it was made. RFC 3339. */
  readonly made: string;
  /** Of the key of its digests, which comes from the stack's passphrase. */
  readonly salt: string;
  /** SHA-256 of the state that it was made against; see `OpenStack.stateDigest`. */
  readonly state: string;
  readonly resources: readonly PlannedResource[];
}

/** A plan that was read, and the key of its digests. */
export interface SavedPlan {
  readonly resources: readonly PlannedResource[];
  readonly crypter: Crypter;
}

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/** What to type for a plan that is true again. */
export const newPlan = (stack: string, file: string): string => `make a new one: steading preview --stack ${stack} --save-plan ${file}`;

const sealOf = (plan: Json, { digest }: Crypter): string => digest(canonical(plan));

/** Writes a plan, for its owner alone to read. Throws `Issues` when the file cannot be written. */
export async function writePlan(file: string, { place: { project, stack }, stateDigest }: OpenStack, resources: readonly PlannedResource[], crypter: Crypter): Promise<void> {
  const plan: PlanFile = { steadingPlan: VERSION, project, stack, made: new Date().toISOString(), salt: crypter.salt, state: stateDigest, resources };
  // As it will be read: without what is undefined.
  const json = parseJson(JSON.stringify(plan));
  await writeDurably(file, `${JSON.stringify({ ...(isObject(json) ? json : {}), seal: sealOf(json, crypter) }, undefined, 1)}\n`);
}

async function readJson(file: string, stack: string): Promise<Json> {
  try {
    const text = await unlessMissing(readFile(file, "utf8"));
    return text === undefined ? refuse("plan.missing", file, "there is no such file", newPlan(stack, file)) : parseJson(text);
  } catch (error) {
    if (error instanceof Issues) throw error;
    return refuse("plan.unreadable", file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, newPlan(stack, file));
  }
}

/** The seal shows that Steading wrote the file with this stack's passphrase, so the version is all there is to check. */
const isPlan = (value: Json): value is Json & PlanFile => isObject(value) && value["steadingPlan"] === VERSION;

/** Reads a plan of this stack as it is now. Throws `Issues` that say what is wrong with it. */
export async function readPlan(file: string, { place, stateDigest, newKey }: OpenStack): Promise<SavedPlan> {
  const { project, stack } = place;
  const json = await readJson(file, stack);
  const version = isObject(json) ? json["steadingPlan"] : undefined;
  if (!isObject(json) || typeof version !== "number") return refuse("plan.unreadable", file, "is not a plan of Steading", newPlan(stack, file));
  if (version !== VERSION) return refuse("plan.version", file, `has version ${String(version)}, this Steading knows ${String(VERSION)}`, `use the Steading that wrote it, or ${newPlan(stack, file)}`);
  const { seal, ...plan } = json;
  const fields = new JsonFields(plan, file, "");
  const [ofProject, ofStack] = [fields.required("project"), fields.required("stack")];
  if (ofProject !== project || ofStack !== stack) return refuse("plan.foreign", file, `is a plan for the stack ${ofProject}/${ofStack}, not for ${project}/${stack}`, newPlan(stack, file));
  const crypter = await newKey(file, fields.required("salt"));
  if (seal !== sealOf(plan, crypter) || !isPlan(plan)) return refuse("plan.edited", file, "is not as it was written", newPlan(stack, file));
  if (plan.state !== stateDigest)
    return refuse("plan.outdated", file, `the stack's state has moved on since ${plan.made}: the plan was applied already, or another run came between`, newPlan(stack, file));
  return { resources: plan.resources, crypter };
}
