import { setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { disconnect, setMockOptions } from "@pulumi/pulumi/runtime/settings.js";
import { runInPulumiStack } from "@pulumi/pulumi/runtime/stack.js";
import * as state from "@pulumi/pulumi/runtime/state.js";
import type { engineService, resourceMonitor } from "#engine/monitor.ts";
import type { ProgramSettings } from "#engine/program-settings.ts";
import { leaveOutPromiseTraces } from "#engine/promise-traces.ts";
import type { refusedCallbacks } from "#engine/refused-callbacks.ts";
import { urnOf } from "#engine/urn.ts";

leaveOutPromiseTraces();

/** What the SDK must know before a program runs. */
export interface SdkOptions extends ProgramSettings {
  readonly monitor: ReturnType<typeof resourceMonitor>;
  readonly engine: ReturnType<typeof engineService>;
  readonly callbacks: ReturnType<typeof refusedCallbacks>;
}

type WithLocalStorage = <T>(callback: () => Promise<T>) => Promise<T>;

/** The SDK's own means to keep runs of one process apart; exported, but not declared. */
function localStorage(): WithLocalStorage {
  if (!("withLocalStorage" in state) || typeof state.withLocalStorage !== "function") throw new Error("this version of @pulumi/pulumi has no withLocalStorage");
  // The check above is all that can be known of it.
  return state.withLocalStorage as WithLocalStorage;
}

/** What the SDK keeps of the run that is under way; every copy of it in this process has the same. */
function runStore(): { callbacks: unknown; readonly settings: { engine: unknown; options: { rootDirectory?: string } } } {
  const store: unknown = globalThis.asyncLocalStorage.getStore();
  const settings: unknown = typeof store === "object" && store !== null && "settings" in store ? store.settings : undefined;
  if (typeof settings !== "object" || settings === null || !("options" in settings)) throw new Error("this version of @pulumi/pulumi keeps its settings elsewhere");
  return store as ReturnType<typeof runStore>;
}

/** The SDK's own tree of what a program makes; exported, but not declared. */
const isMade = (value: unknown): value is { readonly __pulumiType: string; readonly __name: string; readonly __childResources?: ReadonlySet<unknown> } =>
  typeof value === "object" && value !== null && "__pulumiType" in value && "__name" in value;

/** The URNs of what the program made, in the order in which it did: the engine hears of them as their inputs get ready. */
function urnsInOrder(names: Pick<SdkOptions, "project" | "stack">): readonly string[] {
  const urns: string[] = [];
  const walk = (made: unknown, parent: string | undefined): void => {
    if (!isMade(made)) return;
    const urn = urnOf(names, parent, made.__pulumiType, made.__name);
    urns.push(urn);
    for (const child of made.__childResources ?? []) walk(child, urn);
  };
  // The check is all that can be known of it.
  if ("getStackResource" in state && typeof state.getStackResource === "function") walk((state.getStackResource as () => unknown)(), undefined);
  return urns;
}

/**
 * Runs a program as `pulumi` would, in this process: its default or named exports are the stack's outputs. Resolves when all
 * that it declared was answered (pulumi sdk/nodejs automation/server.ts does the same over gRPC), with the URNs in the order in
 * which the program made them.
 */
export function runInSdk(options: SdkOptions, program: () => Promise<unknown>): Promise<readonly string[]> {
  const { project, stack, organization, directory, preview, config, secretKeys, monitor, engine, callbacks } = options;
  return localStorage()(async () => {
    setMockOptions(monitor, project, stack, preview, organization);
    const store = runStore();
    store.settings.engine = engine;
    store.settings.options.rootDirectory = directory;
    store.callbacks = callbacks;
    setAllConfig({ ...config }, [...secretKeys]);
    try {
      await runInPulumiStack(program);
      return urnsInOrder(options);
    } finally {
      await disconnect();
    }
  });
}
