import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** What the Pulumi SDK requires as it loads but uses only to serialize functions and to drive the CLI: two thirds of its start. */
const deferred = new Set(["typescript", "@npmcli/arborist", "./automation", "normalize-package-data", "js-yaml", "semver", "upath"]);

/** A module of the SDK itself. */
const SDK = /\/node_modules\/@pulumi\/pulumi\/(?!node_modules\/)/;

const SCHEME = "steading-deferred:";

/**
 * CommonJS that stands in for the module at `path` and loads it when anything of it is used. TypeScript's import helpers ask for
 * `__esModule` alone as they import, and call what a module is as its `default`.
 */
const standIn = (path: string): string => `
const load = () => require("node:module").createRequire(${JSON.stringify(path)})(${JSON.stringify(path)});
let real;
const loaded = () => (real ??= load());
module.exports = new Proxy({}, {
  get: (_, key) => (key === "__esModule" ? true : key === "default" && loaded().__esModule !== true ? loaded() : loaded()[key]),
  has: (_, key) => key in loaded(),
  ownKeys: () => Reflect.ownKeys(loaded()),
  getOwnPropertyDescriptor(_, key) {
    const found = Reflect.getOwnPropertyDescriptor(loaded(), key);
    return found && { ...found, configurable: true };
  },
});`;

/** Lets the Pulumi SDK load those modules only when it uses them. Nothing else in this process is touched. */
export function deferModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!deferred.has(specifier) || !SDK.test(context.parentURL ?? "")) return found;
      return { url: `${SCHEME}${new URL(found.url).pathname}`, format: "commonjs", shortCircuit: true };
    },
    load(url, context, next) {
      if (!url.startsWith(SCHEME)) return next(url, context);
      const path = fileURLToPath(`file://${url.slice(SCHEME.length)}`);
      return { format: "commonjs", source: standIn(path), shortCircuit: true };
    },
  });
}
