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
    if (error instanceof Error && error.message.includes(`kinds/${name}.ts`) && isMissing(error)) return undefined;
    throw error;
  }
  return Object.values(file).find((exported) => typeof exported === "function" && "kind" in exported && exported.kind === name);
}

/** The file is not there, says Node, or esbuild's glob import in a bundle. */
const isMissing = (error: Error): boolean => ("code" in error && error.code === "ERR_MODULE_NOT_FOUND") || error.message.startsWith("Module not found in bundle");
