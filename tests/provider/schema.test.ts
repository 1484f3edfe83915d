import { isObject } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { hostOutputs } from "#provider/host-resource.ts";
import { packageSchema } from "#provider/schema.ts";

const schema = packageSchema("1.2.3");

/** Every `$ref` in a schema. */
const refs = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(refs);
  if (!isObject(value)) return [];
  const own = value["$ref"];
  return [...(typeof own === "string" ? [own] : []), ...Object.values(value).flatMap(refs)];
};

test("every reference leads to a type", () => {
  const types = Object.keys(isObject(schema["types"]) ? schema["types"] : {}).map((token) => `#/types/${token}`);
  expect(refs(schema).length).toBeGreaterThan(5);
  for (const ref of refs(schema)) expect([...types, "pulumi.json#/Any"]).toContain(ref);
});

test("what a resource requires, it has", () => {
  const resources = isObject(schema["resources"]) ? schema["resources"] : {};
  for (const resource of Object.values(resources)) {
    const { properties, required, inputProperties, requiredInputs } = isObject(resource) ? resource : {};
    expect(Object.keys(isObject(properties) ? properties : {})).toEqual(expect.arrayContaining(Array.isArray(required) ? required : ["?"]));
    expect(Object.keys(isObject(inputProperties) ? inputProperties : {})).toEqual(expect.arrayContaining(Array.isArray(requiredInputs) ? requiredInputs : ["?"]));
  }
});

test("a host outputs what its schema says, and the password is a secret", () => {
  expect(schema).toMatchObject({
    version: "1.2.3",
    resources: { "steading:host:Host": { required: [...hostOutputs] } },
    types: { "steading:host:Connection": { required: ["via"], properties: { port: { type: "integer" }, sudoPassword: { type: "string", secret: true }, root: { type: "string" } } } },
  });
});
