import { isMissingModule } from "#host/missing-module.ts";
import type { Kind } from "#model/kind.ts";

const loaded = new Map<string, Promise<Kind | undefined>>();

/** The kind of that name, from its file `kinds/<name>.ts`; undefined when there is none. */
export function kindNamed(name: string): Promise<Kind | undefined> {
  const known = loaded.get(name) ?? load(name);
  loaded.set(name, known);
  return known;
}

async function load(name: string): Promise<Kind | undefined> {
  if (!/^[a-z]+(-[a-z]+)*$/.test(name)) return undefined;
  let file: { readonly [name: string]: Kind };
  try {
    file = (await import(`../../kinds/${name}.ts`)) as typeof file;
  } catch (error) {
    if (isMissingModule(error, `kinds/${name}.ts`)) return undefined;
    throw error;
  }
  return Object.values(file).find((exported) => typeof exported === "function" && "kind" in exported && exported.kind === name);
}
