import { dirname, join } from "node:path";
import type { Rule } from "./files.ts";

/** Where a file may import from; what is not here (tests, bench) may import from everywhere. */
const directions: readonly (readonly [string, readonly string[]])[] = [
  ["src/model/", ["src/model/"]],
  ["src/host/", ["src/model/", "src/host/"]],
  ["src/engine/", ["src/model/", "src/engine/", "src/provider/"]],
  ["src/ansible/", ["src/model/", "src/host/", "src/ansible/"]],
  ["src/terraform/", ["src/model/", "src/host/", "src/terraform/"]],
  ["src/provider/", ["src/model/", "src/host/", "src/ansible/", "src/terraform/", "src/provider/", "facts/", "package.json"]],
  ["src/command/", ["src/model/", "src/host/", "src/provider/", "src/command/"]],
  ["src/cli/", ["src/", "facts/"]],
  ["src/gen/", ["src/model/", "src/gen/", "src/cli/"]],
  ["facts/", ["src/model/", "facts/"]],
  ["kinds/", ["src/model/", "facts/"]],
  ["clouds/", ["src/model/", "facts/", "clouds/"]],
  ["profiles/", ["src/model/", "facts/", "profiles/"]],
  ["policies/", ["src/model/", "policies/"]],
  ["components/", ["src/model/", "src/terraform/", "src/provider/", "facts/", "kinds/", "clouds/", "profiles/", "components/"]],
  ["stacks/", ["src/model/", "kinds/", "clouds/", "profiles/", "components/"]],
];

const aliases: Readonly<Record<string, string>> = { model: "src/model", host: "src/host", ansible: "src/ansible", terraform: "src/terraform", provider: "src/provider", command: "src/command", engine: "src/engine", cli: "src/cli", gen: "src/gen" };

/** The file that an import means, from the root; undefined for a package. */
function target(path: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return join(dirname(path), specifier);
  const [, folder, rest] = /^#([a-z]+)\/(.*)$/.exec(specifier) ?? [];
  return folder === undefined || rest === undefined ? undefined : `${aliases[folder] ?? folder}/${rest}`;
}

/** What a module imports or re-exports, types too, and dynamic imports of a fixed name. */
export const specifiers = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:import|export)\s[^;]*?\sfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");

/** Imports point one way: stacks → components → kinds, clouds, profiles → facts → src/model; src/engine knows no host. */
export const oneWay: Rule = (files) =>
  files
    .filter(({ path }) => path.endsWith(".ts"))
    .flatMap(({ path, text }) => {
      const allowed = directions.find(([from]) => path.startsWith(from))?.[1];
      if (!allowed) return [];
      return specifiers(text).flatMap((specifier) => {
        const to = target(path, specifier);
        return to === undefined || allowed.some((start) => to.startsWith(start)) ? [] : [`${path}: may not import ${to}`];
      });
    });

/** A cloud does not use another cloud. It may have a folder of its own name for its parts; what lab clouds share is in `clouds/lab/`. */
export const noNeighbours: Rule = (files) =>
  files
    .filter(({ path }) => /^clouds\/.*\.ts$/.test(path))
    .flatMap(({ path, text }) => {
      const own = path.split("/")[1]?.replace(/\.ts$/, "") ?? "";
      return specifiers(text).flatMap((specifier) => {
        const to = target(path, specifier);
        return to === undefined || !to.startsWith("clouds/") || to.startsWith(`clouds/${own}/`) || to.startsWith("clouds/lab/") ? [] : [`${path}: may not import ${to}`];
      });
    });

/** Packages and parts of Node that reach outside the process. */
const outside = /^(node:(fs|net|tls|http|https|http2|child_process|dgram|dns|os|process|worker_threads)(\/.*)?|execa|@grpc\/.*|@pulumi\/command.*)$/;

/** The words do no input or output; kinds, facts and policies are data and pure functions. */
export const pure: Rule = (files) =>
  files
    .filter(({ path }) => /^(src\/model|kinds|facts|policies)\/.*\.ts$/.test(path))
    .flatMap(({ path, text }) =>
      specifiers(text)
        .filter((specifier) => outside.test(specifier))
        .map((specifier) => `${path}: imports ${specifier}, but does no input or output`),
    );

/** src names no kind, cloud, policy or component: no import of one, and no word that is the name of one. */
export const srcNamesNone: Rule = (files) => {
  const names = files.flatMap(({ path }) => /^(?:kinds|clouds|policies)\/([^/]+)\.ts$/.exec(path)?.[1] ?? []).filter((name) => name.includes("-"));
  return files
    .filter(({ path }) => /^src\/.*\.(ts|sh)$/.test(path))
    .flatMap(({ path, text }) => {
      const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      return names.filter((name) => code.includes(`"${name}"`) || code.includes(`/${name}.ts`)).map((name) => `${path}: names ${name}`);
    });
};
