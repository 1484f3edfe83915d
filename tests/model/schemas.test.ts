import { globSync } from "node:fs";
import { Ajv } from "ajv";
import { connectionProps } from "#model/connection.ts";
import type { Props } from "#model/schema.ts";
import { props as profile } from "#profiles/profile.ts";

interface Declared {
  readonly props: Props<object>;
}

const isDeclared = (value: unknown): value is Declared => (typeof value === "object" || typeof value === "function") && value !== null && "props" in value;

const files = globSync(["kinds/*.ts", "clouds/*.ts"]).sort();
const loaded = await Promise.all(
  files.map(async (path): Promise<[string, object]> => {
    const exported = Object.values((await import(`../../${path}`)) as Readonly<Record<string, unknown>>).find(isDeclared);
    return [path, exported?.props.json ?? {}];
  }),
);

/** At run time nobody checks the schemas themselves: it would cost more than all use of them. */
test.each<readonly [string, object]>([...loaded, ["profiles/profile.ts", profile.json], ...Object.entries(connectionProps).map(([via, { json }]): [string, object] => [`connection ${via}`, json])])(
  "the schema of %s is valid JSON Schema, draft-07",
  (_, schema) => {
    const ajv = new Ajv({ strict: true, strictTypes: false, unicodeRegExp: true, keywords: ["x-fix"] });
    expect(() => ajv.compile(schema)).not.toThrow();
    expect(schema).toHaveProperty("properties");
  },
);
