import { readFileSync } from "node:fs";
import { isAhead, parseState, stateHead } from "#terraform/state.ts";

const text = readFileSync(new URL("../fixtures/terraform/state.json", import.meta.url), "utf8");

test("outputs and the ids of resources are read from a state", () => {
  const state = parseState(text);
  expect(state?.outputs["secret"]).toEqual({ value: "hunter22", sensitive: true });
  expect(state?.outputs["known"]).toEqual({ value: "known", sensitive: false });
  expect(state?.resources["terraform_data.plain"]).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-123456789012345678901234567890", "-123456789012345678901234567890"],
  ["0.1", 0.1],
  ["[1e3, 9007199254740993]", [1000, "9007199254740993"]],
])("an output %s is %j: it is never rounded without a word", (text, value) => {
  expect(parseState(`{"outputs": {"o": {"value": ${text}}}}`)?.outputs["o"]?.value).toEqual(value);
});

test("addresses have their module and their key", () => {
  const resource = { mode: "managed", module: 'module.net["a"]', type: "x_y", name: "n", instances: [{ index_key: 0, attributes: { id: "1" } }, { index_key: "k", attributes: {} }] };
  const state = parseState(JSON.stringify({ serial: 1, lineage: "l", resources: [resource, { ...resource, mode: "data" }] }));
  expect(state?.resources).toEqual({ 'module.net["a"].x_y.n[0]': "1", 'module.net["a"].x_y.n["k"]': "" });
});

test("of two copies the one that is further counts; another state never does", () => {
  const copy = { lineage: "a", serial: 3 };
  expect([isAhead(copy, undefined), isAhead(copy, { lineage: "a", serial: 2 }), isAhead(copy, copy)]).toEqual([true, true, true]);
  expect([isAhead(copy, { lineage: "a", serial: 4 }), isAhead(copy, { lineage: "b", serial: 1 })]).toEqual([false, false]);
});

test("an encrypted state still says how far it is; no state says nothing", () => {
  expect(stateHead('{"serial": 7, "lineage": "l", "encrypted_data": "…"}')).toEqual({ serial: 7, lineage: "l" });
  expect([stateHead(""), parseState("")]).toEqual([undefined, undefined]);
});
