import fc from "fast-check";
import { forPack } from "#engine/policy/for-pack.ts";
import { remediated } from "#engine/policy/remediated.ts";
import { ASSET, canonical, isObject, reveal, secret, SIGNATURE, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";

const asset = { [SIGNATURE]: ASSET, text: "x", hash: "abc" };
const reference = { [SIGNATURE]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:a", id: "id-a", packageVersion: "" };

/** What comes of inputs whose policy hands back `change` of what it was given. */
const after = (before: JsonObject, change: (given: JsonObject) => Json) => {
  const sent = forPack(before);
  const answer = change(sent);
  return remediated(before, sent, isObject(answer) ? answer : {});
};

test("a pack is given what its SDK can read", () => {
  expect(forPack({ asset, reference, list: [{ ...reference, id: "" }], __internal: { url: "x" }, deep: { __defaults: [], a: secret(1), b: UNKNOWN } })).toEqual({
    asset: { [SIGNATURE]: ASSET, text: "x" },
    reference: "id-a",
    list: [UNKNOWN],
    deep: { a: secret(1), b: UNKNOWN },
  });
});

test.each<{ name: string; before: JsonObject; change: (given: JsonObject) => Json; inputs: JsonObject; paths: readonly string[] }>([
  {
    name: "what is left as it was keeps what the pack does not see",
    before: { asset, reference, token: secret("hunter2"), __internal: {}, size: 1 },
    change: (given) => ({ ...given, token: "hunter2", size: 2 }),
    inputs: { asset, reference, token: secret("hunter2"), __internal: {}, size: 2 },
    paths: ["size"],
  },
  { name: "a secret that is changed is one", before: { token: secret("hunter2") }, change: () => ({ token: "other" }), inputs: { token: secret("other") }, paths: ["token"] },
  { name: "a secret that is put elsewhere is one", before: { token: secret("hunter2") }, change: () => ({ a: { b: ["x hunter2", "y"] } }), inputs: { a: { b: [secret("x hunter2"), "y"] } }, paths: ["a", "token"] },
  { name: "deep changes are told by their path", before: { a: { "b c": [{ d: 1 }, { d: 2 }] } }, change: () => ({ a: { "b c": [{ d: 1 }, { d: 3 }] } }), inputs: { a: { "b c": [{ d: 1 }, { d: 3 }] } }, paths: ['a["b c"][1].d'] },
  { name: "a list of another length is told as a whole", before: { a: [1] }, change: () => ({ a: [1, 2] }), inputs: { a: [1, 2] }, paths: ["a"] },
  { name: "what is taken away is told", before: { a: 1, b: { c: 1, d: 1 } }, change: () => ({ b: { d: 1 } }), inputs: { b: { d: 1 } }, paths: ["a", "b.c"] },
])("$name", ({ before, change, inputs, paths }) => {
  const result = after(before, change);
  expect(result.inputs).toEqual(inputs);
  expect(result.paths).toEqual(paths);
});

test("what is handed back in clear changes nothing; any other answer is what is made", () => {
  const value = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.constantFrom<Json>(1, true, null, "text", secret("hunter2"), asset), fc.array(tie("value"), { maxLength: 3 }), fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"))),
  })).value;
  const object = fc.dictionary(fc.constantFrom("a", "b", "c"), value);
  fc.assert(
    fc.property(object, (before) => {
      const result = after(before, (given) => reveal(given));
      expect(result.paths).toEqual([]);
      expect(canonical(result.inputs)).toBe(canonical(before));
    }),
  );
  fc.assert(
    fc.property(object, object, (before, other) => {
      const answer = forPack(other);
      const { inputs, paths } = after(before, () => answer);
      expect(canonical(reveal(forPack(inputs)))).toBe(canonical(reveal(answer)));
      expect(paths.length === 0).toBe(canonical(reveal(forPack(before))) === canonical(reveal(answer)));
    }),
  );
});
