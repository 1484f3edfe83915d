import { Issues } from "#model/issue.ts";

/** What only the Pulumi CLI does, by its name. */
export const notYet = (at: string, what: string): Issues => new Issues([{ code: "engine.unsupported", at, path: "", message: `Steading's own engine does not know ${what} yet`, fix: "use the Pulumi CLI" }]);

/** Refuses, by name, what only the Pulumi CLI does. Throws `Issues`. */
export function unsupported(at: string, what: string): never {
  throw notYet(at, what);
}
