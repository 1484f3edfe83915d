import { readdirSync, readFileSync } from "node:fs";
import { newCheckpoint, openCheckpoint, parseCheckpoint } from "#engine/checkpoint.ts";
import { checkIntegrity } from "#engine/integrity.ts";
import { newCrypter, openCrypter } from "#engine/passphrase.ts";
import { emptySnapshot } from "#engine/snapshot.ts";
import type { ResourceState, Snapshot } from "#engine/snapshot.ts";
import { Issues } from "#model/issue.ts";
import { canonical, secret, SIGNATURE } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import fc from "fast-check";

const directory = new URL("../fixtures/pulumi-state/", import.meta.url);
const fixture = (name: string): string => readFileSync(new URL(name, directory), "utf8");
const fixtures = readdirSync(directory).filter((name) => name.endsWith(".json"));

const crypterFor = (salt: string | undefined) => openCrypter("test", salt ?? "", "fixture");

async function open(text: string) {
  const checkpoint = parseCheckpoint(text, "fixture");
  const crypter = await crypterFor(checkpoint.salt);
  return openCheckpoint(checkpoint, { open: crypter, seal: crypter });
}

const snapshotOf = (opened: { snapshot: Snapshot | undefined }): Snapshot => {
  if (opened.snapshot === undefined) throw new Error("the fixture has no snapshot");
  return opened.snapshot;
};

const resource = (snapshot: Snapshot, name: string): ResourceState => {
  const found = snapshot.resources.find((state) => state.urn.endsWith(`::${name}`));
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
};

test("there are fixtures to read", () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(3);
});

test.each(fixtures)("%s loads, is sound, and is written as it was, ciphertexts included", async (name) => {
  const opened = await open(fixture(name));
  const snapshot = snapshotOf(opened);
  expect(checkIntegrity(snapshot, name)).toEqual([]);
  expect(JSON.parse(opened.write(snapshot))).toEqual(JSON.parse(fixture(name)));
});

test.each(fixtures)("%s is written byte for byte as the CLI wrote it", async (name) => {
  const opened = await open(fixture(name));
  expect(opened.write(snapshotOf(opened))).toBe(fixture(name).trimEnd());
});

test.each([
  ["component-and-secret.json", "g-0", "inputs", "token", "s3cret"],
  ["component-and-secret.json", "g-0", "outputs", "token", "s3cret"],
  ["dependencies-and-timeouts.json", "b", "outputs", "gen", 1],
  ["dependencies-and-timeouts.json", "expproj-three", "outputs", "bgen", 1],
] as const)("%s: the secret of %s.%s.%s is opened", async (name, urn, where, key, expected) => {
  expect(resource(snapshotOf(await open(fixture(name))), urn)[where][key]).toEqual(secret(expected));
});

test("a nested secret is opened in place", async () => {
  const { inputs } = resource(snapshotOf(await open(fixture("dependencies-and-timeouts.json"))), "b");
  expect(inputs["spec"]).toEqual({ from: 1, nested: { s: secret("hid") } });
});

test("custom timeouts and init errors survive", async () => {
  const json = JSON.parse(fixture("dependencies-and-timeouts.json")) as { checkpoint: { latest: { resources: object[] } } };
  Object.assign(json.checkpoint.latest.resources[2] ?? {}, { initErrors: ["not ready"], importID: "i-1", customTimeouts: { create: 5, update: 6, delete: 7 } });
  const opened = await open(JSON.stringify(json));
  const state = resource(snapshotOf(opened), "a");
  expect(state).toMatchObject({ initErrors: ["not ready"], importId: "i-1", customTimeouts: { create: 5, update: 6, delete: 7 } });
  expect(JSON.parse(opened.write(snapshotOf(opened)))).toEqual(json);
});

test("unknown fields are kept at every level", async () => {
  const json = JSON.parse(fixture("dependencies-and-timeouts.json")) as {
    checkpoint: { latest: { resources: object[]; manifest: object; secrets_providers: object; pending_operations: object[]; metadata: object } };
  };
  const { checkpoint } = json;
  const added = { newer: { deep: [1, null, { a: "b" }] } };
  Object.assign(checkpoint.latest, { pending_operations: [{ resource: { ...checkpoint.latest.resources[2], ...added }, type: "creating", ...added }] });
  for (const level of [json, checkpoint, checkpoint.latest, checkpoint.latest.manifest, checkpoint.latest.secrets_providers, checkpoint.latest.metadata])
    Object.assign(level, added);
  for (const each of checkpoint.latest.resources) Object.assign(each, added);
  const opened = await open(JSON.stringify(json));
  expect(JSON.parse(opened.write(snapshotOf(opened)))).toEqual(json);
});

test.each([
  ["a feature of version 4 that the CLI knows", { version: 4, features: ["hooks", "byteString"], checkpoint: { stack: "s" } }, /uses hooks, byteString \(version 4\).*use the Pulumi CLI/],
  ["a feature that nobody knows yet", { version: 4, features: ["tomorrow"], checkpoint: { stack: "s" } }, /uses tomorrow \(version 4\).*use the Pulumi CLI/],
  ["version 4 without features", { version: 4, checkpoint: { stack: "s" } }, /has version 4.*use the Pulumi CLI/],
  ["a later version", { version: 5, features: { other: "form" }, checkpoint: { stack: "s" } }, /has version 5.*use the Pulumi CLI/],
  ["a feature", { version: 3, features: ["taint", "views"], checkpoint: { stack: "s" } }, /taint, views.*Pulumi CLI/],
  ["no version", { checkpoint: { stack: "s" } }, /version none/],
  ["another secrets provider", { version: 3, checkpoint: { stack: "s", latest: { secrets_providers: { type: "cloud", state: {} } } } }, /secrets provider cloud/],
  ["a stack that is no string", { version: 3, checkpoint: { stack: 7 } }, /checkpoint\.stack.*string/],
])("%s is refused by name", (_name, json, message) => {
  expect(() => parseCheckpoint(JSON.stringify(json), "state.json")).toThrow(Issues);
  expect(() => parseCheckpoint(JSON.stringify(json), "state.json")).toThrow(message);
});

test("text that is no JSON is an issue, not a crash", () => {
  expect(() => parseCheckpoint('{"version":3,', "state.json")).toThrow(/state\.json.*not JSON.*\.bak/);
});

test("a pending operation of an unknown sort is refused", async () => {
  const json = JSON.parse(fixture("command-local.json")) as { checkpoint: { latest: { resources: object[]; pending_operations?: object[] } } };
  json.checkpoint.latest.pending_operations = [{ resource: json.checkpoint.latest.resources[2] ?? {}, type: "grafting" }];
  await expect(open(JSON.stringify(json))).rejects.toThrow(/grafting/);
});

test("a stack that was never brought up has no snapshot", () => {
  const checkpoint = parseCheckpoint('{"version":3,"checkpoint":{"stack":"organization/p/s","latest":null}}', "state.json");
  expect(openCheckpoint(checkpoint, {}).snapshot).toBeUndefined();
});

test("a secret without a passphrase is refused, and says what to set", () => {
  const { write } = openCheckpoint(newCheckpoint("organization/p/s", "state.json"), {});
  const state = { urn: "u", type: "t", custom: true, inputs: { a: secret("x") }, outputs: {}, dependencies: [], propertyDependencies: {} };
  expect(() => write({ ...emptySnapshot(), resources: [state] })).toThrow(/PULUMI_CONFIG_PASSPHRASE/);
});

test("only the changed secret gets a new ciphertext", async () => {
  const opened = await open(fixture("component-and-secret.json"));
  const snapshot = snapshotOf(opened);
  const resources = snapshot.resources.map((state) => (state.urn.endsWith("::g-0") ? { ...state, inputs: { ...state.inputs, token: secret("new") } } : state));
  type Written = { checkpoint: { latest: { resources: { inputs?: JsonObject; outputs?: JsonObject }[] } } };
  const before = JSON.parse(fixture("component-and-secret.json")) as Written;
  const after = JSON.parse(opened.write({ ...snapshot, resources })) as Written;
  expect(after.checkpoint.latest.resources[3]?.outputs).toEqual(before.checkpoint.latest.resources[3]?.outputs);
  expect(after.checkpoint.latest.resources[3]?.inputs?.["token"]).not.toEqual(before.checkpoint.latest.resources[3]?.inputs?.["token"]);
});

test("another salt encrypts everything anew", async () => {
  const checkpoint = parseCheckpoint(fixture("component-and-secret.json"), "fixture");
  const seal = await newCrypter("other", "fixture");
  const opened = openCheckpoint(checkpoint, { open: await crypterFor(checkpoint.salt), seal });
  const text = opened.write(snapshotOf(opened));
  const again = parseCheckpoint(text, "again");
  expect(again.salt).toBe(seal.salt);
  expect(snapshotOf(openCheckpoint(again, { open: seal, seal })).resources).toEqual(snapshotOf(opened).resources);
});

/** A value as programs make them: secrets anywhere, also in secrets. */
const values = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>, fc.array(tie("value"), { maxLength: 3 }), tie("object"), tie("value").map(secret)),
  object: fc.dictionary(fc.string({ maxLength: 5 }).filter((key) => key !== SIGNATURE), tie("value"), { maxKeys: 4 }),
}));

test("what is written is what is read, whatever the values are", async () => {
  const crypter = await newCrypter("test", "property");
  fc.assert(
    fc.property(values.object, values.object, values.value, (inputs, outputs, replacementTrigger) => {
      const state: ResourceState = { urn: "urn:a", type: "t", custom: true, inputs, outputs, dependencies: [], propertyDependencies: {} };
      const snapshot = { ...emptySnapshot(), resources: [replacementTrigger === null ? state : { ...state, replacementTrigger }] };
      const { write } = openCheckpoint(newCheckpoint("organization/p/s", "property"), { seal: crypter });
      const opened = openCheckpoint(parseCheckpoint(write(snapshot), "property"), { open: crypter, seal: crypter });
      const read = snapshotOf(opened).resources[0];
      expect(canonical(read?.inputs ?? null)).toBe(canonical(JSON.parse(JSON.stringify(inputs)) as Json));
      expect(canonical(read?.outputs ?? null)).toBe(canonical(JSON.parse(JSON.stringify(outputs)) as Json));
      expect(canonical(read?.replacementTrigger ?? null)).toBe(canonical(JSON.parse(JSON.stringify(replacementTrigger)) as Json));
      // A second write keeps every ciphertext.
      expect(opened.write(snapshotOf(opened))).toBe(opened.write(snapshotOf(opened)));
    }),
    { numRuns: 200 },
  );
});

test("numbers that JSON has no word for are written as Pulumi writes them, in secrets too", async () => {
  const crypter = await newCrypter("test", "numbers");
  const inputs = { list: [Infinity, -Infinity, NaN, 1.5], hidden: secret({ deep: -Infinity }) };
  const state: ResourceState = { urn: "urn:a", type: "t", custom: true, inputs, outputs: {}, dependencies: [], propertyDependencies: {} };
  const { write } = openCheckpoint(newCheckpoint("organization/p/s", "numbers"), { seal: crypter });
  const text = write({ ...emptySnapshot(), resources: [state] });
  // math.Float64bits of Go.
  expect(JSON.parse(text)).toHaveProperty("checkpoint.latest.resources.0.inputs.list.0", { [SIGNATURE]: "8ad145fe-0d11-4827-bfd7-1abcbf086f5c", value: "7ff0000000000000" });
  expect(snapshotOf(openCheckpoint(parseCheckpoint(text, "numbers"), { open: crypter, seal: crypter })).resources[0]?.inputs).toEqual(inputs);
});
