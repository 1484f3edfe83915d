import { Issues } from "#model/issue.ts";
import { resecret } from "#model/value.ts";
import type { ResourceProvider } from "#provider/contract.ts";
import { secretOutputs } from "#engine/execute.ts";
import type { Goal } from "#engine/goal.ts";
import { given } from "#engine/json-fields.ts";
import { readOf } from "#engine/read-state.ts";
import type { ResourceState } from "#engine/snapshot.ts";

const refuse = (urn: string, message: string, fix: string): never => {
  throw new Issues([{ code: "resource.import", at: urn, path: "import", message, fix }]);
};

/** The id of what a resource is to take over; undefined where it is that already, or makes its own (pulumi pkg/resource/deploy, isImport). */
export const importedId = ({ custom, importId }: Pick<Goal, "custom" | "importId">, old: ResourceState | undefined): string | undefined =>
  custom && (old === undefined || old.external === true || (old.importId ?? old.id) !== importId) ? importId : undefined;

/** Reads what a resource is to take over: the state that it would have if an earlier run had made it. Throws `Issues` when it is not there. */
export async function readToImport(id: string, urn: string, goal: Goal, reference: string, provider: ResourceProvider): Promise<ResourceState> {
  const { type, name, parent, dependencies, propertyDependencies, additionalSecretOutputs, customTimeouts } = goal;
  // What is not as it should be is mended by the update that follows.
  const { found, failed } = await readOf(provider, { urn, type, name, id });
  const initErrors = failed?.reasons ?? [];
  if (found.postponed !== undefined) refuse(urn, `cannot take over ${id}: its machine does not answer`, "try again when it does");
  if (found.id === "") refuse(urn, `there is no ${type} with the id ${id}`, "mend the id, or take `import` away to make it");
  if (Object.keys(found.inputs).length === 0 && initErrors.length === 0) refuse(urn, `the provider of ${type} imports nothing`, "take `import` away");
  // What the program keeps secret is not read in clear.
  const inputs = Object.fromEntries(Object.entries(found.inputs).map(([key, value]) => [key, resecret(value, goal.inputs[key] ?? null)]));
  const now = new Date().toISOString();
  return {
    urn,
    custom: true,
    type,
    id: found.id,
    inputs,
    outputs: secretOutputs(found.properties, { inputs: { ...inputs, ...goal.inputs }, additionalSecretOutputs }),
    dependencies,
    propertyDependencies,
    provider: reference,
    importId: id,
    created: now,
    modified: now,
    ...given({ parent, customTimeouts, initErrors: initErrors.length === 0 ? undefined : initErrors }),
  };
}
