import { Issues } from "#model/issue.ts";
import { hasSecret } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { ResourceProvider } from "#provider/contract.ts";
import { ROOT_TYPE } from "#engine/urn.ts";
import type { Snapshot } from "#engine/snapshot.ts";

/** The type of a reference to another stack (pulumi sdk/nodejs stackReference.ts). */
export const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** The state of another stack; blind where its secrets have another passphrase, and are masked. */
interface OtherState {
  /** Undefined when it has none. */
  readonly snapshot: Snapshot | undefined;
  readonly isBlind: boolean;
}

/** Reads the state of another stack of the same backend. */
export type ReadStack = (project: string, stack: string) => Promise<OtherState>;

/** The project and the stack that a name means: `stack`, `organization/stack` or `organization/project/stack` (pulumi pkg/backend/diy, parseStackReference). */
function partsOf(name: string, project: string): readonly [project: string, stack: string] {
  const parts = name.split("/");
  const [a = "", b = "", c = ""] = parts;
  if (parts.length === 1) return [project, a];
  if (parts.length === 2 && a === "organization") return [project, b];
  if (parts.length === 3 && a === "organization") return [b, c];
  throw new Issues([{ code: "stack.invalid", at: name, path: "", message: "is not the name of a stack", fix: "organization/<project>/<stack>, as all stacks in a directory are called" }]);
}

/**
 * The provider of Pulumi's own resources, of which it has one: what another stack's last run gave out (pulumi pkg/resource/deploy,
 * builtins.go).
 *
 * @param project - that of a name without one
 * @param warn - told what the user should know
 */
export function makeBuiltinProvider(project: string, readStack: ReadStack, warn: (message: string) => void): ResourceProvider {
  const never = (): Promise<never> => Promise.reject(new Error("a reference to a stack is only read"));
  return {
    configure: () => Promise.resolve(),
    check: ({ news }) => Promise.resolve({ inputs: news, failures: [] }),
    diff: () => Promise.resolve({ changes: "none", detailedDiff: {}, diffs: [], replaces: [], deleteBeforeReplace: false }),
    create: never,
    update: never,
    delete: never,
    async read({ type, id }) {
      if (type !== STACK_REFERENCE) throw new Issues([{ code: "engine.unsupported", at: type, path: "", message: `Steading's own engine does not know ${type}`, fix: "use the Pulumi CLI" }]);
      const [of, stack] = partsOf(id, project);
      const { snapshot, isBlind } = await readStack(of, stack);
      if (snapshot === undefined) throw new Issues([{ code: "stack.missing", at: id, path: "", message: "there is no such stack, or it was never brought up", fix: `steading up --stack ${stack}` }]);
      const outputs: JsonObject = snapshot.resources.find((state) => state.type === ROOT_TYPE && state.delete !== true)?.outputs ?? {};
      const secretOutputNames = Object.keys(outputs).filter((name) => hasSecret(outputs[name] ?? null));
      if (isBlind && secretOutputNames.length > 0) warn(`${id} has another passphrase: what of its outputs is secret (${secretOutputNames.join(", ")}) is not known here`);
      return { id, inputs: { name: id }, properties: { name: id, outputs, secretOutputNames } };
    },
    invoke: (token) => Promise.reject(new Error(`Steading's own engine does not know ${token}`)),
    cancel: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
