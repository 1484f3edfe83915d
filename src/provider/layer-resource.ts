import { machine } from "#facts/machine.ts";
import { riskOf } from "#host/plan.ts";
import type { Plan } from "#host/plan.ts";
import type { HostSession } from "#host/session.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import { Fault, isFault } from "#model/fault.ts";
import { UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { knownConnection, placeOf, required } from "#provider/connection-input.ts";
import { InitFailed } from "#provider/contract.ts";
import type { DiffRequest, DiffResponse, PlannedItem, Postponed, ReadRequest, ReadResponse, Seen, UpdateResponse } from "#provider/contract.ts";
import { explain } from "#provider/explain.ts";
import { Failed, said } from "#provider/failed.ts";
import { checkLayer, hostOf, nameOf } from "#provider/layer-check.ts";
import { declaredDiff, diffOf, ignoring, openDiff, plannedItems, recording } from "#provider/layer-diff.ts";
import { importLayer } from "#provider/layer-import.ts";
import { itemFinder, itemsValue, layerItems, oldFor } from "#provider/layer-items.ts";
import type { LayerItem } from "#provider/layer-items.ts";
import { FOUND, inputsThere } from "#provider/layer-read.ts";
import { seenBy } from "#provider/layer-seen.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";
import { insteadOf, tellForgotten, tellPostponed } from "#provider/unreachable.ts";
import { mask, secretTexts } from "#model/mask.ts";

/** What one call works on. */
interface Work {
  readonly urn: string;
  readonly layer: string;
  readonly want: readonly LayerItem[];
  /** What the last run put there: from the outputs, which a refresh leaves as they were. */
  readonly old: readonly LayerItem[];
  readonly ignoreChanges: readonly string[];
  readonly secrets: ReadonlySet<string>;
  /** How the last run reached the host; until its changes are made, that may still be the only way. */
  readonly last: Connection | undefined;
  /** How long its steps may take, in seconds; 0 for as long as they need. */
  readonly limit: number;
}

const workOf = (urn: string, news: JsonObject, last: JsonObject, want: JsonObject | undefined, ignoreChanges: readonly string[] = [], limit = 0): Work => {
  const items = want === undefined ? [] : layerItems(want["items"]).items;
  return {
    urn,
    layer: nameOf(news) ?? "",
    want: items,
    old: oldFor(layerItems(last["items"]).items, items),
    ignoreChanges,
    secrets: new Set([...secretTexts(news), ...secretTexts(last)]),
    last: last["host"] === undefined ? undefined : knownConnection(last["host"]),
    limit,
  };
};

/** The state's own record of what was applied; the inputs where there is none. */
const lastOf = (olds: JsonObject, oldInputs: JsonObject): JsonObject => (olds["items"] === undefined ? oldInputs : olds);

/** `steading:host:Layer`: all items that one component puts on one host. */
export function layerResource(context: ResourceContext): ResourceType {
  const { hosts, claims } = context;
  return {
    connection: "host",
    check: (request) => checkLayer(request, claims),
    diff: (request) => diffLayer(context, request),
    async create({ urn, inputs, preview, timeoutSeconds }) {
      const work = workOf(urn, inputs, {}, inputs, [], timeoutSeconds);
      const to = knownConnection(inputs["host"]);
      if (preview) {
        await said(tell(context, work, to, inputs), work.secrets);
        return { id: "", properties: { ...inputs, machineId: UNKNOWN } };
      }
      const where = required(to);
      const id = `${work.layer}@${hostName(where)}`;
      return { id, ...(await said(change(context, where, work, inputs, id, {}), work.secrets)) };
    },
    async update({ urn, id, oldInputs, olds, news, preview, ignoreChanges, timeoutSeconds }) {
      if (preview) return { properties: { ...news, machineId: olds["machineId"] ?? UNKNOWN } };
      const work = workOf(urn, news, lastOf(olds, oldInputs), news, ignoreChanges, timeoutSeconds);
      const to = required(knownConnection(news["host"]));
      return said(change(context, to, work, news, id, lastOf(olds, oldInputs)), work.secrets);
    },
    read: (request) => readLayer(context, request),
    async delete({ urn, oldInputs, olds, preview, timeoutSeconds }) {
      const place = knownConnection(oldInputs["host"]);
      const all = workOf(urn, oldInputs, lastOf(olds, oldInputs), undefined, [], timeoutSeconds);
      if (preview === true) {
        await said(tell(context, all, place, oldInputs), all.secrets);
        return undefined;
      }
      claims.leave(urn, all.layer);
      // Where another resource goes on under the same name, the entries of the ledger are its own by now.
      const kept = (place && claims.namesake(urn, placeOf(place), all.layer)?.items) ?? [];
      const isKept = itemFinder(kept);
      const work = { ...all, want: kept, old: [...kept, ...all.old.filter((item) => isKept(item) === undefined)], secrets: new Set([...all.secrets, ...secretTexts(itemsValue(kept))]) };
      const to = required(place);
      const postponed = await said(hosts.inTurn(to, undefined, (session) => apply(context, session, to, work)), work.secrets);
      if (postponed === "queued") tellPostponed(context, urn, to, `layer ${work.layer} is not taken back`, postponed);
      if (postponed === "forgotten") tellForgotten(context, urn, to, work.layer, work.old.map(({ kind, name }) => `${kind} ${name}`));
      return postponed;
    },
  };
}

async function planFor({ project, stack, claims }: ResourceContext, session: HostSession, to: Connection, { urn, layer, want, old, ignoreChanges }: Work): Promise<Plan> {
  const plan = await session.plan({ project, stack, layer }, want, old, (subject) => claims.heirOf(urn, placeOf(to), subject));
  return recording(ignoring(plan, ignoreChanges), want, old, ignoreChanges);
}

/** Tells the plan to whoever listens. */
function announce({ report, hold }: ResourceContext, plan: Plan, { urn, want, secrets }: Work): Seen | undefined {
  for (const who of plan.answers.interrupted) report({ event: "message", severity: "warning", urn, text: `${plan.host}: a change by ${who} was interrupted; the next up ends or undoes it first` });
  if (plan.strays.length > 0) {
    const those = plan.strays.map(({ kind, name }) => `${kind} ${name}`).join(", ");
    report({ event: "message", severity: "warning", urn, text: `${plan.host}: layer ${plan.owner.layer} has more there, which this state does not know: ${those}. It stays as it is; where no other state has it either, declare it` });
  }
  const [when, why, ...undone] = plan.answers.fellBack;
  if (why !== undefined) report({ event: "message", severity: "warning", urn, text: `${plan.host} was started at ${when ?? "?"} and fell back: ${why}. ${undone.join("; ")}` });
  const reactions = plan.reactions.flatMap(({ steps }) => steps.map((step) => (step.do === "run" ? mask(step.argv.join(" "), secrets) : step.do)));
  const confirmation = plan.confirmSeconds === undefined || riskOf(plan) === "none" ? [] : [`a new connection confirms this within ${plan.confirmSeconds.toString()} s, or the host undoes it by itself`];
  const start = riskOf(plan) === "boot" && plan.answers.booted ? ["the next start of the machine proves this, or it falls back by itself"] : [];
  const unchanged = plan.actions.flatMap(({ action, changes, item }) => (action === "none" && changes.length === 0 ? [`${item.kind} ${item.name}`] : []));
  const seen = hold === undefined ? undefined : seenBy(plan, hold.digest);
  report({ event: "planned", urn, host: plan.host, items: plannedItems(plan, want, secrets), reactions: [...reactions, ...confirmation, ...start], unchanged, ...(seen === undefined ? {} : { seen }) });
  return seen;
}

/** Refuses to apply what is not as the plan that is kept says. */
async function holdTo({ hold }: ResourceContext, to: Connection, { urn }: Work, seen: Seen | undefined): Promise<void> {
  if (hold === undefined || seen === undefined) return;
  const off = await hold.deviations(placeOf(to), urn, seen);
  if (off.length === 0) return;
  const [host, reason] = [hostName(to), off.join(", ")];
  throw new Fault("plan.stale", { host, hostState: "untouched", detail: { reason }, message: `${host}: the host changed after the plan was made: ${reason}. Nothing was touched.` });
}

/** Tells that nothing can be told, and why. */
function announceOpen({ report }: ResourceContext, host: string, { urn, want }: Work, why: string): void {
  const items = want.map(({ kind, name }): PlannedItem => ({ kind, name, action: "cannot-tell", fields: [{ field: "host", note: why }] }));
  report({ event: "planned", urn, host, items, reactions: [] });
}

/**
 * The plan of a preview, told. Undefined, and told why, while the host is not known or does not answer: something in this very
 * run may make it, or start it.
 */
async function tell(context: ResourceContext, work: Work, to: Connection | undefined, inputs: JsonObject): Promise<Plan | undefined> {
  if (to === undefined) {
    announceOpen(context, hostOf(inputs), work, "the host is not known yet");
    return undefined;
  }
  try {
    const look = (): Promise<Plan> => planFor(context, context.hosts.session(to, work.last), to, work);
    const plan = await look();
    announce(context, plan, work);
    const { hold } = context;
    hold?.planned(placeOf(to), work.urn, async () => seenBy(await look(), hold.digest));
    return plan;
  } catch (error) {
    if (!isFault(error, "host.unreachable")) throw error;
    const text = mask(explain(error), work.secrets);
    announceOpen(context, hostName(to), work, "the host does not answer");
    context.report({ event: "message", severity: "warning", urn: work.urn, text: `cannot tell what would change: ${text}` });
    return undefined;
  }
}

async function diffLayer(context: ResourceContext, { urn, oldInputs, olds, news, ignoreChanges }: DiffRequest): Promise<DiffResponse> {
  const last = lastOf(olds, oldInputs);
  const work = workOf(urn, news, last, news, ignoreChanges);
  const before = layerItems(oldInputs["items"]).items;
  if (nameOf(oldInputs) !== nameOf(news))
    return { changes: "some", detailedDiff: { layer: { kind: "update-replace", inputDiff: true } }, diffs: ["layer"], replaces: ["layer"], deleteBeforeReplace: false };
  // Only a refresh of what an earlier refresh found asks this way round: what was found then against what was found now.
  if (news[FOUND] !== undefined) return declaredDiff(before, work.want);
  const to = knownConnection(news["host"]);
  const plan = await said(tell(context, work, to, news), work.secrets);
  if (plan === undefined) {
    const open = openDiff(before, work.want);
    // A host that does not answer must not pass for one with nothing to do: the update asks it again, and fails.
    return to === undefined ? open : { ...open, changes: "some", diffs: ["items"] };
  }
  const diff = diffOf(plan, before, work.want);
  return diff.changes === "none" && layerItems(news["items"]).open ? { ...diff, changes: "unknown" } : diff;
}

/**
 * Plan and transaction. Nothing else changes the machine meanwhile, so that the plan is still true when it is applied. A host
 * that has answered and then goes away is a failure, whatever is declared.
 */
async function apply(context: ResourceContext, session: HostSession, to: Connection, work: Work): Promise<Postponed | undefined> {
  if (context.signal.aborted) throw new Failed(`cancelled before anything was changed on ${session.name}`);
  const once = async (): Promise<Postponed | undefined> => {
    const plan = await planFor(context, session, to, work).catch((error: unknown) => {
      // A plan that is kept is done or not.
      const instead = context.hold === undefined ? insteadOf(context, to, error) : undefined;
      if (instead === undefined) throw error;
      return instead;
    });
    if (typeof plan === "string") return plan;
    await holdTo(context, to, work, announce(context, plan, work));
    await session.apply(plan, ({ text, note, ...progress }) => {
      const said = mask(text, work.secrets);
      if (note) context.report({ event: "message", severity: "warning", urn: work.urn, text: `${session.name}: ${said}` });
      else context.report({ event: "step", urn: work.urn, host: session.name, step: said, ...progress });
    }, work.limit);
    return undefined;
  };
  for (let tries = 0; ; tries++) {
    try {
      return await once();
    } catch (error) {
      // The host has ended what an earlier run left unfinished, and is now what it was before that: no plan that is kept was made from it.
      if (!isFault(error, "plan.stale") || error.detail.recovered !== true || context.hold !== undefined || tries > 1) throw error;
    }
  }
}

/**
 * Makes the host as wanted. A change that stopped half-way is recorded with all items that may be there by now, one that was
 * postponed with those that were there before, and with the way by which they came there.
 *
 * @param before - the state's record of what was applied; empty for a layer that is not there yet
 */
async function change(context: ResourceContext, to: Connection, work: Work, news: JsonObject, id: string, before: JsonObject): Promise<UpdateResponse> {
  const question = machine("machine");
  try {
    return await context.hosts.inTurn(to, work.last, async (session) => {
      // Asked together with the plan; the plan tells of what fails.
      const asked = session.probe([question]);
      asked.catch(() => undefined);
      const postponed = await apply(context, session, to, work);
      if (postponed === undefined) return { properties: { ...news, machineId: (await asked).get(question).machineId } };
      tellPostponed(context, work.urn, to, `layer ${work.layer} is not changed`, postponed);
      return { properties: { ...news, host: before["host"] ?? news["host"] ?? null, items: before["items"] ?? {}, machineId: before["machineId"] ?? "" }, postponed };
    });
  } catch (error) {
    if (!isFault(error) || error.hostState === "untouched" || error.hostState === "reverted") throw error;
    const isWanted = itemFinder(work.want);
    const gone = work.old.filter((item) => before["items"] !== undefined && !isWanted(item));
    const properties = { ...news, items: itemsValue([...work.want, ...gone]), machineId: "" };
    throw new InitFailed(id, properties, [mask(explain(error), work.secrets)], { cause: error });
  }
}

/** Refresh: the items as they are on the host. Import: the layer with no items, and what its ledger says it has. */
async function readLayer(context: ResourceContext, { urn, id, inputs, properties }: ReadRequest): Promise<ReadResponse> {
  if (inputs === undefined || properties === undefined) return importLayer(context, urn, id);
  const applied = lastOf(properties, inputs);
  const work = workOf(urn, inputs, applied, applied);
  const to = required(knownConnection(inputs["host"]));
  const question = machine("machine");
  const session = context.hosts.session(to);
  const found = await said(
    Promise.all([session.probe([question]), planFor(context, session, to, work)]).catch((error: unknown) => {
      const instead = insteadOf(context, to, error);
      if (instead === undefined) throw error;
      return instead;
    }),
    work.secrets,
  );
  if (typeof found === "string") {
    tellPostponed(context, urn, to, `layer ${work.layer} is not read`, found);
    return { id, inputs, properties, postponed: found };
  }
  const [answers, plan] = found;
  announce(context, plan, work);
  const { machineId } = answers.get(question);
  return { id, inputs: inputsThere(inputs, plan, work.want), properties: { ...properties, machineId } };
}
