import { deviatingItems, NOT_KNOWN, planDifferences, stepDifferences } from "#engine/plan-compare.ts";
import type { PlannedResource } from "#engine/plan-compare.ts";
import type { Seen, SeenItem } from "#provider/contract.ts";

const item = (name: string, answers: string, more: Partial<SeenItem> = {}): SeenItem => ({ kind: "file", name, action: "change", answers, fields: { content: answers }, ...more });
const seen = (...items: readonly SeenItem[]): Seen => ({ ledger: "L", items });
const base: PlannedResource = { urn: "u", op: "update", inputs: { size: "1" }, options: "o" };
const layer = (of: Seen | undefined, more: Partial<PlannedResource> = {}): PlannedResource => ({ ...base, ...more, ...(of === undefined ? {} : { seen: of }), shown: { host: "desk", items: [], reactions: [] } });

const said = (issues: ReturnType<typeof planDifferences>): readonly string[] => issues.map(({ code, at, path, message }) => `${code} ${at} ${path} ${message.replace(/.*was made:? ?/, "")}`.replaceAll(/ +/g, " ").trim());

test.each<[string, readonly PlannedResource[], readonly PlannedResource[], readonly string[]]>([
  ["nothing", [base], [base], []],
  ["an input", [base], [{ ...base, inputs: { size: "2" } }], ["plan.program u size this input is another"]],
  ["an input more and one less", [base], [{ ...base, inputs: { name: "1" } }], ["plan.program u name this input is another", "plan.program u size this input is another"]],
  ["options", [base], [{ ...base, options: "p" }], ["plan.program u its options are others"]],
  ["new and gone", [base], [{ ...base, urn: "v" }], ["plan.program v it is new", "plan.program u it is not declared any more"]],
  ["another operation", [base], [{ ...base, op: "replace" }], ["plan.program u the plan says update, it would be replace"]],
  ["a delete more", [base], [base, { ...base, op: "delete" }], ["plan.program u it is no longer declared"]],
  ["a delete less", [base, { ...base, op: "delete" }], [base], ["plan.program u it is declared again"]],
  ["what was unknown", [{ ...base, inputs: { size: NOT_KNOWN } }], [base], ["plan.program u size this input is another"]],
  ["a field", [layer(seen(item("a", "1"), item("b", "1")))], [layer(seen(item("a", "2"), item("b", "1")))], ["plan.host desk file a content"]],
  ["an answer that shows in no field", [layer(seen(item("a", "1", { fields: {} })))], [layer(seen(item("a", "2", { fields: {} })))], ["plan.host desk file a"]],
  ["the ledger", [layer(seen())], [layer({ ...seen(), ledger: "M" })], ["plan.host desk what its ledger says is owned"]],
  ["a host that answers now", [layer(undefined)], [layer(seen())], ["plan.host desk it answers now"]],
  ["a host that answered then", [layer(seen())], [layer(undefined)], ["plan.host desk it does not answer"]],
  ["program and host", [layer(seen(item("a", "1"), item("gone", "1")))], [layer(seen(item("a", "2"), item("new", "1")), { options: "p" })], ["plan.program u its options are others", "plan.host desk file a content"]],
])("two plans differ by %s", (_, planned, now, differences) => {
  expect(said(planDifferences(planned, now))).toEqual(differences);
});

test.each<[string, PlannedResource | undefined, PlannedResource, number]>([
  ["the planned one", base, base, 0],
  ["another operation", base, { ...base, op: "create" }, 1],
  ["nothing, where something was planned", base, { ...base, op: "same" }, 0],
  ["something, where nothing was planned", { ...base, op: "same" }, base, 1],
  ["an input that was not known", { ...base, inputs: { size: NOT_KNOWN } }, base, 0],
  ["what is inside an input that was not known", { ...base, inputs: { spec: NOT_KNOWN } }, { ...base, inputs: { "spec.from": "1", "spec[0]": "2" } }, 0],
  ["what only begins like it", { ...base, inputs: { spec: NOT_KNOWN } }, { ...base, inputs: { specs: "1" } }, 1],
  ["another input", base, { ...base, inputs: { size: "2" } }, 1],
  ["nothing that was planned", undefined, base, 1],
])("a step is allowed or not: %s", (_, planned, now, count) => {
  expect(stepDifferences(planned, now)).toHaveLength(count);
});

test.each<[string, SeenItem, SeenItem, boolean, readonly string[]]>([
  ["the same", item("a", "1"), item("a", "1"), false, []],
  ["other bytes on a host that nobody of this run has touched", item("a", "1"), item("a", "2"), false, ["file a content"]],
  ["other bytes on a host that this run has changed", item("a", "1"), item("a", "2"), true, []],
  ["less to do there", item("a", "1"), item("a", "2", { action: "adopt" }), true, []],
  ["more to do there", item("a", "1", { action: "none" }), item("a", "2"), true, ["file a"]],
  ["what could not be told", item("a", "1", { action: "cannot-tell" }), item("a", "2"), true, []],
  ["an item that no plan has", item("a", "1"), item("b", "1"), true, ["file b"]],
])("a layer may be applied or not: %s", (_, planned, now, moved, off) => {
  expect(deviatingItems(seen(planned), seen(now), moved)).toEqual(off);
});
