import type { Cloud } from "#model/cloud.ts";

/** The cloud of that name, from its file `clouds/<name>.ts`; undefined when there is none. */
export async function cloudNamed(name: string): Promise<Cloud<object> | undefined> {
  if (!/^[a-z]+(-[a-z]+)*$/.test(name)) return undefined;
  let file: object;
  try {
    const loaded: unknown = await import(`../../clouds/${name}.ts`);
    file = typeof loaded === "object" && loaded !== null ? loaded : {};
  } catch (error) {
    if (isMissing(error, name)) return undefined;
    throw error;
  }
  return Object.values(file).find((exported) => isCloud(exported, name));
}

/** The file itself is missing, from source or in a bundle; not something that it imports. */
const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  error.message.includes(`clouds/${name}.ts`) &&
  (("code" in error && error.code === "ERR_MODULE_NOT_FOUND") || error.message.startsWith("Module not found in bundle"));

const isCloud = (value: unknown, name: string): value is Cloud<object> =>
  typeof value === "object" && value !== null && "cloud" in value && value.cloud === name;
