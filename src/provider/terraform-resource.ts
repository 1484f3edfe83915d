import { mask, secretTexts } from "#model/mask.ts";
import { canonical, isObject, reveal, secret, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { InitFailed } from "#provider/contract.ts";
import type { PlannedItem, UpdateResponse } from "#provider/contract.ts";
import { explain } from "#provider/explain.ts";
import { Failed, said } from "#provider/failed.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";
import { checkTerraform, differingSettings, isOpen } from "#provider/terraform-inputs.ts";
import { outputsOf, terraformDiff, terraformItems, unchangedItems } from "#provider/terraform-plan.ts";
import { faultOf, PLACE, stepTeller, warn, withTofu, workOf } from "#provider/terraform-run.ts";
import type { TerraformWork } from "#provider/terraform-run.ts";
import { withTimeLimit } from "#provider/time-limit.ts";
import { diagnosticText } from "#terraform/events.ts";
import type { TerraformPlan } from "#terraform/plan.ts";
import type { TofuRun } from "#terraform/run.ts";
import { parseState } from "#terraform/state.ts";
import type { TofuSession, WarnedPlan } from "#terraform/session.ts";

/** Everything that the state of ours knows of outputs, secret ones too. */
function outputsIn({ outputs = {}, secretOutputs = {} }: JsonObject): JsonObject {
  const [open, hidden] = [outputs, reveal(secretOutputs)];
  return { ...(isObject(open) ? open : {}), ...(isObject(hidden) ? hidden : {}) };
}

/** Tells what OpenTofu warns of. */
function tellWarnings(context: ResourceContext, work: TerraformWork, { warnings }: Pick<TofuRun, "warnings">): void {
  for (const warning of warnings) warn(context, work, diagnosticText(warning));
}

/** The work with all that is sensitive in its plan. */
const withSecretsOf = (work: TerraformWork, { secrets }: TerraformPlan): TerraformWork => ({ ...work, secrets: new Set([...work.secrets, ...secrets]) });

/** Tells a plan. */
function announce(context: ResourceContext, work: TerraformWork, plan: WarnedPlan, olds: JsonObject): void {
  const { urn, secrets } = work;
  tellWarnings(context, withSecretsOf(work, plan), plan);
  context.report({ event: "planned", urn, host: PLACE, items: terraformItems(plan, outputsIn(olds), secrets), reactions: [], unchanged: unchangedItems(plan) });
}

/** What OpenTofu would do, told. Undefined, and told why, where that is not known yet. */
async function tell(context: ResourceContext, work: TerraformWork, olds: JsonObject, destroy = false): Promise<TerraformPlan | undefined> {
  if (isOpen(work.inputs)) {
    const item: PlannedItem = { kind: "terraform", name: work.name, action: "cannot-tell", fields: [{ field: "", note: "what it is given is not known yet" }] };
    context.report({ event: "planned", urn: work.urn, host: PLACE, items: [item], reactions: [] });
    return undefined;
  }
  const plan = await withTofu(context, work, (session) => session.plan(destroy));
  announce(context, work, plan, olds);
  return plan;
}

/** What is recorded of a stack: its inputs, and what OpenTofu's state holds. */
async function recorded({ inputs, secrets }: TerraformWork, session: TofuSession): Promise<JsonObject> {
  const text = await session.state();
  const state = parseState(text) ?? { serial: 0, lineage: "", outputs: {}, resources: {} };
  const resources = Object.fromEntries(Object.entries(state.resources).map(([address, id]) => [address, mask(id, secrets)]));
  return { ...inputs, ...outputsOf(state, secretTexts(inputs)), resources, tfstate: secret(text), lockFile: await session.lock() };
}

/** Plans and applies. What stopped half-way is recorded with the state that OpenTofu has of it, so that the next run goes on. */
async function apply(context: ResourceContext, work: TerraformWork, olds: JsonObject, timeoutSeconds: number): Promise<JsonObject> {
  const { name } = work;
  const signal = withTimeLimit(context.signal, timeoutSeconds);
  return withTofu(context, work, async (session) => {
    const plan = await session.plan(false);
    announce(context, work, plan, olds);
    if (signal.aborted) throw new Failed(`terraform stack ${name}: cancelled before anything was changed`);
    const told = withSecretsOf(work, plan);
    const run = await session.apply(stepTeller(context, told, plan.changes.length), signal);
    tellWarnings(context, told, run);
    const properties = await recorded(work, session);
    const fault = faultOf(told, run);
    if (fault !== undefined) throw new InitFailed(name, properties, [mask(explain(fault), told.secrets)], { cause: fault });
    return properties;
  });
}

/** Takes everything away. What stays after a failure is in the working copy of the state, and the next destroy goes on. */
async function destroy(context: ResourceContext, work: TerraformWork, olds: JsonObject): Promise<void> {
  await withTofu(context, work, async (session) => {
    const plan = await session.plan(true);
    announce(context, work, plan, olds);
    const told = withSecretsOf(work, plan);
    const run = await session.apply(stepTeller(context, told, plan.changes.length), context.signal);
    tellWarnings(context, told, run);
    const fault = faultOf(told, run);
    if (fault !== undefined) throw new Failed(mask(explain(fault), told.secrets), { cause: fault });
    await session.forget();
  });
}

/** `steading:terraform:Stack`: a stack of cdktf or cdktn, applied by OpenTofu. */
export function terraformResource(context: ResourceContext): ResourceType {
  /** Plans that hold changes, until they are made: what is shown at an update's preview is not looked for twice. */
  const planned = new Map<string, { readonly key: string; readonly plan: TerraformPlan }>();
  const guarded = <T>(inputs: JsonObject, work: Promise<T>): Promise<T> => said(work, secretTexts(inputs));
  const foreseen = ({ inputs }: TerraformWork, plan: TerraformPlan | undefined): JsonObject => ({
    ...inputs,
    ...(plan === undefined ? { outputs: UNKNOWN, secretOutputs: secret(UNKNOWN) } : outputsOf(plan, secretTexts(inputs))),
    resources: UNKNOWN,
    tfstate: secret(UNKNOWN),
    lockFile: UNKNOWN,
  });
  const change = async (work: TerraformWork, olds: JsonObject, seconds: number): Promise<UpdateResponse> => {
    planned.delete(work.urn);
    return { properties: await guarded(work.inputs, apply(context, work, olds, seconds)) };
  };
  return {
    check: (request) => Promise.resolve(checkTerraform(request)),
    async diff({ urn, oldInputs, olds, news }) {
      const work = workOf(urn, news, oldInputs, olds);
      const key = canonical(news);
      const before = planned.get(urn);
      const plan = before?.key === key ? before.plan : await guarded(news, tell(context, work, olds));
      if (plan === undefined) return { changes: "some", detailedDiff: {}, diffs: ["resources"], replaces: [], deleteBeforeReplace: false };
      const diff = terraformDiff(plan, differingSettings(oldInputs, news));
      if (diff.changes === "some") planned.set(urn, { key, plan });
      return diff;
    },
    async create({ urn, inputs, preview, timeoutSeconds }) {
      const work = workOf(urn, inputs, {}, {});
      if (!preview) return { id: work.name, ...(await change(work, {}, timeoutSeconds)) };
      return { id: "", properties: foreseen(work, await guarded(inputs, tell(context, work, {}))) };
    },
    async update({ urn, oldInputs, olds, news, preview, timeoutSeconds }) {
      const work = workOf(urn, news, oldInputs, olds);
      return preview ? { properties: foreseen(work, planned.get(urn)?.plan) } : change(work, olds, timeoutSeconds);
    },
    async read({ urn, id, inputs, properties }) {
      if (inputs === undefined || properties === undefined)
        throw new Failed("a stack of Terraform cannot be imported as a whole: declare it, with an importFrom on each resource that is there already, and the preview says what it would change");
      const work = workOf(urn, inputs, inputs, properties);
      const look = async (session: TofuSession): Promise<{ readonly plan: WarnedPlan; readonly now: JsonObject }> => ({ plan: await session.plan(false), now: await recorded(work, session) });
      const found = await guarded(inputs, withTofu(context, work, look, false));
      announce(context, work, found.plan, properties);
      return { id, inputs, properties: { ...properties, ...found.now } };
    },
    async delete({ urn, oldInputs, olds, preview }) {
      const work = workOf(urn, oldInputs, oldInputs, olds);
      if (preview === true) await guarded(oldInputs, tell(context, work, olds, true));
      else await guarded(oldInputs, destroy(context, work, olds));
      return undefined;
    },
  };
}

