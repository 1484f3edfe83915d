import { Issues } from "#model/issue.ts";
import type { ResourceState } from "#engine/snapshot.ts";

/** Refuses to do something to a resource that is protected; `message` says what. Throws `Issues`. */
export function refuseProtected({ urn, protect }: Pick<ResourceState, "urn" | "protect">, message: string, fix = "set protect: false and run `up` once, then change it"): void {
  if (protect === true) throw new Issues([{ code: "resource.protected", at: urn, path: "", message: `${message}, and is protected`, fix }]);
}

/** Refuses to delete what is protected. */
export const refuseDeletion = (state: ResourceState): void => {
  refuseProtected(state, "is to be deleted", "set protect: false and run `up` once, or declare it again");
};
