import { randomBytes } from "node:crypto";
import { Fault } from "#model/fault.ts";
import { mask, secretTexts } from "#model/mask.ts";
import { hasUnknown, reveal } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { Failed } from "#provider/failed.ts";
import type { ResourceContext } from "#provider/resource.ts";
import { isOpen, requiredProviders, sensitiveVariables, settingsOf } from "#provider/terraform-inputs.ts";
import { urnParts } from "#provider/urn.ts";
import { findTofu } from "#terraform/find.ts";
import { diagnosticText } from "#terraform/events.ts";
import type { TofuEvent } from "#terraform/events.ts";
import type { TofuRun } from "#terraform/run.ts";
import { tofuSession } from "#terraform/session.ts";
import type { TofuSession } from "#terraform/session.ts";
import { stateDirectory, withWorkspace } from "#terraform/workspace.ts";

/** Where OpenTofu works, for messages: what it makes may be anywhere. */
export const PLACE = "OpenTofu";

/** One stack of Terraform, and what the state of ours knows of it. */
export interface TerraformWork {
  readonly urn: string;
  readonly name: string;
  readonly inputs: JsonObject;
  /** The state of OpenTofu that is kept; undefined for none. */
  readonly kept: string | undefined;
  /** The lock file of providers that is kept, where it is for the same providers. */
  readonly lock: string | undefined;
  readonly secrets: ReadonlySet<string>;
}

const textIn = (values: JsonObject, name: string): string | undefined => {
  const value = values[name] === undefined ? undefined : reveal(values[name]);
  return typeof value === "string" && value !== "" && !hasUnknown(value) ? value : undefined;
};

/** The work for `inputs`, after what `olds` say was done. */
export function workOf(urn: string, inputs: JsonObject, oldInputs: JsonObject, olds: JsonObject): TerraformWork {
  const { tfstate: _, ...rest } = olds;
  const lock = requiredProviders(oldInputs) === requiredProviders(inputs) ? textIn(olds, "lockFile") : undefined;
  return { urn, name: urnParts(urn).name, inputs, kept: textIn(olds, "tfstate"), lock, secrets: secretTexts([inputs, rest]) };
}

const PROVIDERS = "see that the providers are in the mirror (tofu providers mirror), or that their registry answers; with a providerMirror nothing else is asked";

/** What to do about what a command says, the first that fits; else it is the program. */
const remedies: readonly (readonly [step: string, says: RegExp, remedy: string])[] = [
  ["", /still at work|acquiring the state lock/, "another run is at work on it: wait until that has ended"],
  ["init", /\bproviders?\b/i, PROVIDERS],
  ["init", /refreshing state/, "see what is said of the state's file"],
  ["state", /^/, "see what is said of the state's file"],
];

const remedyFor = (step: string, says: string): string => remedies.find(([of, pattern]) => step.startsWith(of) && pattern.test(says))?.[2] ?? "correct what it says in the program";

/** What OpenTofu refuses becomes a message for the user: nothing was changed. */
function refused({ name, secrets }: TerraformWork, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "TofuRefused" || !("step" in error)) return error;
  const step = String(error.step);
  return new Failed(mask(`terraform stack ${name}: tofu ${step} says no:\n${error.message}\n  nothing was changed\n  what to do: ${remedyFor(step, error.message)}`, secrets), { cause: error });
}

const warned = new WeakMap<ResourceContext, Set<string>>();

/** Warns, once in a run: a plan is made again for the change itself. */
export function warn(context: ResourceContext, { urn, secrets }: TerraformWork, text: string): void {
  const masked = mask(text, secrets);
  const before = warned.get(context) ?? new Set();
  warned.set(context, before);
  if (!before.has(`${urn} ${masked}`)) context.report({ event: "message", severity: "warning", urn, text: masked });
  before.add(`${urn} ${masked}`);
}

/**
 * Begins a session of OpenTofu, and ends it. Throws Issues where there is no OpenTofu, and Failed for what it refuses.
 *
 * @param recovers - whether what a killed run made is found again; not with the inputs that were before it
 */
export async function withTofu<T>(context: ResourceContext, work: TerraformWork, use: (session: TofuSession) => Promise<T>, recovers = true): Promise<T> {
  const { urn, name, inputs, kept, lock } = work;
  if (isOpen(inputs)) throw new Failed(`terraform stack ${name}: what it is given is not known yet`);
  const progress = (text: string): void => { context.report({ event: "message", severity: "info", urn, text }); };
  const key = textIn(inputs, "key");
  const settings = settingsOf({ ...inputs, key: key ?? randomBytes(32).toString("hex") });
  const program = await findTofu(settings.tofu, `terraform stack ${name}`, progress);
  try {
    return await withWorkspace(settings, key === undefined ? undefined : stateDirectory(urn, key), sensitiveVariables(inputs), lock, async (place) => {
      const session = tofuSession(program, place, context.signal, (text) => { warn(context, work, text); });
      await session.begin(kept, recovers);
      return use(session);
    });
  } catch (error) {
    throw refused(work, error);
  }
}

const doing: { readonly [action: string]: string } = { create: "make", update: "change", delete: "take away", read: "read" };

/** Tells each resource as a step. */
export function stepTeller({ report }: ResourceContext, { urn, secrets }: TerraformWork, of: number): (event: TofuEvent) => void {
  const begun = new Map<string, { readonly index: number; readonly at: number }>();
  return (event) => {
    if (event.event === "diagnostic") return;
    const { address, action } = event;
    const { index, at } = begun.get(`${address} ${action}`) ?? { index: begun.size + 1, at: performance.now() };
    begun.set(`${address} ${action}`, { index, at });
    const seconds = event.event === "begin" ? {} : { seconds: (performance.now() - at) / 1000 };
    const step = mask(`${doing[action] ?? action} ${address}${event.event === "fail" ? ": failed" : ""}`, secrets);
    report({ event: "step", urn, host: PLACE, step, index, of: Math.max(of, begun.size), ...seconds });
  };
}

/** The fault of an apply that did not end well; undefined for one that did. */
export function faultOf({ name, secrets }: TerraformWork, { exitCode, errors, said }: TofuRun): Fault | undefined {
  if (exitCode === 0) return undefined;
  const address = errors.find((error) => error.address !== "")?.address ?? "";
  const reason = mask(errors.length === 0 ? said || `tofu ended with ${exitCode.toString()}` : errors.map(diagnosticText).join("\n"), secrets);
  return new Fault("terraform.failed", { host: PLACE, hostState: "partial", detail: { address, reason }, message: `${PLACE}: terraform stack ${name} stopped half-way: ${reason}` });
}
