import { randomBytes } from "node:crypto";
import { secret, UNKNOWN } from "#model/value.ts";
import type { ResourceType } from "#provider/resource.ts";

/**
 * `steading:terraform:Key`: a random key. It is a resource of its own, so that it is in the state before anything is encrypted
 * by it: a run that is killed while it makes the first resources can be gone on with.
 */
export const terraformKeyResource = (): ResourceType => ({
  check: ({ news }) => Promise.resolve({ inputs: news, failures: [] }),
  diff: () => Promise.resolve({ changes: "none", detailedDiff: {}, diffs: [], replaces: [], deleteBeforeReplace: false }),
  create: ({ name, preview }) => Promise.resolve({ id: preview ? "" : name, properties: { key: preview ? secret(UNKNOWN) : secret(randomBytes(32).toString("hex")) } }),
  update: ({ olds }) => Promise.resolve({ properties: olds }),
  read: ({ id, inputs = {}, properties = {} }) => Promise.resolve({ id, inputs, properties }),
  delete: () => Promise.resolve(undefined),
});
