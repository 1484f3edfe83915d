import { isMissingModule } from "#host/missing-module.ts";
import type { Cloud } from "#model/cloud.ts";

/** The cloud of that name, from its file `clouds/<name>.ts`; undefined when there is none. */
export async function cloudNamed(name: string): Promise<Cloud<object> | undefined> {
  if (!/^[a-z]+(-[a-z]+)*$/.test(name)) return undefined;
  let file: object;
  try {
    const loaded: unknown = await import(`../../clouds/${name}.ts`);
    file = typeof loaded === "object" && loaded !== null ? loaded : {};
  } catch (error) {
    if (isMissingModule(error, `clouds/${name}.ts`)) return undefined;
    throw error;
  }
  return Object.values(file).find((exported) => isCloud(exported, name));
}

const isCloud = (value: unknown, name: string): value is Cloud<object> =>
  typeof value === "object" && value !== null && "cloud" in value && value.cloud === name;
