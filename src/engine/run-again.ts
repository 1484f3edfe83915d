import { registerHooks } from "node:module";

/** Marks the address of a module that runs again: `?run=2`. */
export const RUN = "run";

const MARK = `?${RUN}=`;

/**
 * From now on a module that a program imports runs as often as the program itself, so that what it declares is declared each
 * time; packages run once. For the process as a whole: whoever owns it calls this, once.
 */
export function runModulesAgain(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const at = context.parentURL?.indexOf(MARK) ?? -1;
      if (at === -1 || !resolved.url.startsWith("file:") || resolved.url.includes("/node_modules/")) return resolved;
      return { ...resolved, url: `${resolved.url.split("?")[0] ?? ""}${context.parentURL?.slice(at) ?? ""}` };
    },
  });
}
