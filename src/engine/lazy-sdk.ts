import { registerHooks } from "node:module";

/**
 * Parts of the Pulumi SDK that a program rarely touches and that cost more than all the rest: the Automation API, dynamic
 * providers, the provider host, and what they use to turn functions into text (npm's arborist, the TypeScript compiler).
 */
const RARE = /^(@npmcli\/arborist|(\.\.?\/)+(automation|provider|dynamic|typescript-shim))$/;

/** The name of the module that stands in for `file.js`. */
const SUFFIX = ".lazy.js";

/** A CommonJS module that loads the real one when somebody looks into it. */
const standIn = (url: string): string => `
const load = require("node:module").createRequire(${JSON.stringify(url)});
let real;
const get = () => (real ??= load(${JSON.stringify(decodeURI(new URL(url).pathname))}));
const silent = new Set(["then", "module.exports"]);
module.exports = new Proxy({}, {
  get: (_, key) => (key === "__esModule" ? true : silent.has(key) ? undefined : get()[key]),
  has: (_, key) => key in get(),
  ownKeys: () => Reflect.ownKeys(get()),
  getOwnPropertyDescriptor: (_, key) => ({ ...Reflect.getOwnPropertyDescriptor(get(), key), configurable: true }),
});
`;

/** From now on the rare parts of @pulumi/pulumi load when they are used: importing it takes less than half the time. */
export function loadSdkLazily(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      if (!RARE.test(specifier) || context.parentURL?.includes("/node_modules/@pulumi/pulumi/") !== true || !resolved.url.endsWith(".js")) return resolved;
      return { ...resolved, url: resolved.url.replace(/\.js$/, SUFFIX), format: "commonjs", shortCircuit: true };
    },
    load(url, context, next) {
      if (!url.endsWith(SUFFIX)) return next(url, context);
      return { format: "commonjs", source: standIn(url.replace(SUFFIX, ".js")), shortCircuit: true };
    },
  });
}
