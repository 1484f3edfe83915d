import { noteBegun, noteEnded, wasInterrupted } from "#ansible/interrupted.ts";
import { isFailed } from "#ansible/tasks.ts";
import { machine } from "#facts/machine.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { canonical, isObject, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { knownConnection, required } from "#provider/connection-input.ts";
import { InitFailed } from "#provider/contract.ts";
import type { PlannedItem, Postponed, UpdateResponse } from "#provider/contract.ts";
import { explain } from "#provider/explain.ts";
import { Failed, said } from "#provider/failed.ts";
import { checkPlaybook, differingInputs, isOpen, playbookOf } from "#provider/playbook-inputs.ts";
import { planOf, playbookDiff, recapOf, statusesOf } from "#provider/playbook-plan.ts";
import type { PlaybookPlan } from "#provider/playbook-plan.ts";
import { reasonOf } from "#provider/playbook-reason.ts";
import { faultOf, runWork } from "#provider/playbook-run.ts";
import type { PlaybookWork } from "#provider/playbook-run.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";
import { withTimeLimit } from "#provider/time-limit.ts";
import { insteadOf, tellPostponed } from "#provider/unreachable.ts";
import { urnParts } from "#provider/urn.ts";

const nameOf = (urn: string): string => urnParts(urn).name;

function workOf(urn: string, inputs: JsonObject, olds: JsonObject, to: Connection): PlaybookWork {
  const { recap } = olds;
  const tasks = isObject(recap) ? recap["tasks"] : 0;
  return { urn, name: nameOf(urn), inputs, want: playbookOf(inputs), to, secrets: secretTexts([inputs, olds]), expected: typeof tasks === "number" ? tasks : 0 };
}

/** One item that stands for all tasks while nothing can be told of any. */
const openItem = (name: string, note: string): PlannedItem => ({ kind: "playbook", name, action: "cannot-tell", fields: [{ field: "", note }] });

/** What the playbook would do, told. Undefined, and told why, where that is not known yet. */
async function tell(context: ResourceContext, urn: string, inputs: JsonObject, olds: JsonObject, interrupted = wasInterrupted(urn)): Promise<PlaybookPlan | undefined> {
  const to = knownConnection(inputs["host"]);
  const open = (why: string): PlaybookPlan | undefined => {
    context.report({ event: "planned", urn, host: to === undefined ? "a host that is not known yet" : hostName(to), items: [openItem(nameOf(urn), why)], reactions: [] });
    return undefined;
  };
  if (to === undefined) return open("the host is not known yet");
  if (isOpen(inputs)) return open("what it is given is not known yet");
  const work = workOf(urn, inputs, olds, to);
  try {
    // Our own way in: it says best why a host does not answer or refuses, and Ansible goes on through its connection.
    await context.hosts.session(to).probe([machine("machine")]);
  } catch (error) {
    if (!isFault(error, "host.unreachable")) throw error;
    context.report({ event: "message", severity: "warning", urn, text: `cannot tell what would change: ${mask(explain(error), work.secrets)}` });
    return open("the host does not answer");
  }
  const { tasks } = await runWork(context, work, true, context.signal);
  for (const { name, at, message } of tasks.filter(isFailed))
    context.report({ event: "message", severity: "warning", urn, text: reasonOf(`check mode fails at task ${name} of playbook ${work.name}${at === "" ? "" : ` (${at})`}: ${message}`, work.secrets) });
  const plan = planOf(tasks, work.secrets, interrupted ? work.name : undefined);
  context.report({ event: "planned", urn, host: hostName(to), items: plan.items, reactions: [], unchanged: plan.unchanged });
  return plan;
}

/** Runs the playbook. A run that stopped half-way is recorded, so that the next one goes through again. */
async function apply(context: ResourceContext, work: PlaybookWork, id: string, timeoutSeconds: number): Promise<UpdateResponse | Postponed> {
  const { urn, to, inputs, secrets } = work;
  const signal = withTimeLimit(context.signal, timeoutSeconds);
  return context.hosts.inTurn(to, undefined, async (session) => {
    if (signal.aborted) throw new Failed(`cancelled before anything was changed on ${session.name}`);
    try {
      await session.probe([machine("machine")]);
    } catch (error) {
      const instead = insteadOf(context, to, error);
      if (instead === undefined) throw error;
      tellPostponed(context, urn, to, `playbook ${work.name} is not run`, instead);
      return instead;
    }
    noteBegun(urn);
    const run = await runWork(context, work, false, signal).finally(() => { noteEnded(urn); });
    const recap = recapOf(run.tasks);
    const properties = { ...inputs, recap, tasks: statusesOf(run.tasks, secrets) };
    const fault = faultOf(work, run);
    if (fault !== undefined) throw new InitFailed(id, properties, [explain(fault)], { cause: fault });
    context.report({ event: "message", severity: "info", urn, text: Object.entries(recap).map(([key, count]) => `${count.toString()} ${key}`).join(", ") });
    return { properties };
  });
}

/** What a destroy does: nothing, and says so, or another playbook. */
async function undo(context: ResourceContext, urn: string, inputs: JsonObject, preview: boolean, timeoutSeconds: number): Promise<Postponed | undefined> {
  const { undoPlaybook, ...rest } = inputs;
  const to = knownConnection(inputs["host"]);
  const host = to === undefined ? "its host" : hostName(to);
  if (undoPlaybook === undefined) {
    if (!preview) noteEnded(urn);
    context.report({ event: "message", severity: "warning", urn, text: `what playbook ${nameOf(urn)} did stays on ${host}: Ansible has no undo; declare an undoPlaybook that takes it back` });
    return undefined;
  }
  const back = { ...rest, playbook: undoPlaybook };
  if (preview) {
    await tell(context, urn, back, {}, false);
    return undefined;
  }
  try {
    const done = await apply(context, workOf(urn, back, {}, required(to)), "", timeoutSeconds);
    return typeof done === "string" ? done : undefined;
  } catch (error) {
    // It stays in the state as it was.
    throw error instanceof InitFailed ? new Failed(error.message, { cause: error.cause }) : error;
  }
}

/** `steading:ansible:Playbook`: a playbook, run on one host. */
export function playbookResource(context: ResourceContext): ResourceType {
  /** Plans that hold changes, until they are made: a playbook that is going to run is not looked at twice. */
  const planned = new Map<string, { readonly key: string; readonly plan: PlaybookPlan }>();
  const guarded = <T>(inputs: JsonObject, work: Promise<T>): Promise<T> => said(work, secretTexts(inputs));
  const change = async (urn: string, inputs: JsonObject, olds: JsonObject, id: string, seconds: number): Promise<UpdateResponse> => {
    const expected = Object.keys(planned.get(urn)?.plan.tasks ?? {}).length;
    planned.delete(urn);
    const work = workOf(urn, inputs, olds, required(knownConnection(inputs["host"])));
    const done = await guarded(inputs, apply(context, { ...work, expected: Math.max(expected, work.expected) }, id, seconds));
    return typeof done === "string" ? { properties: { ...inputs, recap: olds["recap"] ?? {}, tasks: olds["tasks"] ?? {} }, postponed: done } : done;
  };
  const foreseen = (inputs: JsonObject, plan: PlaybookPlan | undefined): JsonObject => ({ ...inputs, recap: UNKNOWN, tasks: plan === undefined ? UNKNOWN : plan.tasks });
  return {
    connection: "host",
    check: (request) => Promise.resolve(checkPlaybook(request)),
    async diff({ urn, oldInputs, olds, news }) {
      const key = canonical(news);
      const before = planned.get(urn);
      const plan = before?.key === key ? before.plan : await guarded(news, tell(context, urn, news, olds));
      const inputs = differingInputs(oldInputs, news);
      if (plan === undefined) return { changes: knownConnection(news["host"]) === undefined ? "unknown" : "some", detailedDiff: {}, diffs: ["tasks"], replaces: [], deleteBeforeReplace: false };
      const diff = playbookDiff(plan, inputs);
      if (diff.changes === "some") planned.set(urn, { key, plan });
      return diff;
    },
    async create({ urn, inputs, preview, timeoutSeconds }) {
      if (!preview) {
        const id = `${nameOf(urn)}@${hostName(required(knownConnection(inputs["host"])))}`;
        return { id, ...(await change(urn, inputs, {}, id, timeoutSeconds)) };
      }
      const plan = await guarded(inputs, tell(context, urn, inputs, {}));
      if (plan !== undefined) planned.set(urn, { key: canonical(inputs), plan });
      return { id: "", properties: foreseen(inputs, plan) };
    },
    async update({ urn, id, olds, news, preview, timeoutSeconds }) {
      return preview ? { properties: foreseen(news, planned.get(urn)?.plan) } : change(urn, news, olds, id, timeoutSeconds);
    },
    async read({ urn, id, inputs, properties }) {
      if (inputs === undefined || properties === undefined) throw new Failed("a playbook cannot be imported: declare it, and the preview says what it would change");
      await guarded(inputs, tell(context, urn, inputs, properties));
      return { id, inputs, properties };
    },
    delete: ({ urn, oldInputs, preview, timeoutSeconds }) => guarded(oldInputs, undo(context, urn, oldInputs, preview === true, timeoutSeconds)),
  };
}
