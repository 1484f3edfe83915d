import { diagnosticText, madeIn, parseTofuEvent } from "#terraform/events.ts";

const hook = { resource: { addr: "terraform_data.a" }, action: "create", id_key: "id", id_value: "x" };

test.each([
  ["apply_start", "begin"],
  ["apply_complete", "end"],
  ["apply_errored", "fail"],
])("%s of a resource is its %s", (type, event) => {
  expect(parseTofuEvent(JSON.stringify({ type, hook }))).toEqual({ event, address: "terraform_data.a", action: "create", id: "x" });
});

const file = (filename: string) => ({ range: { filename, start: { line: 4 } } });
const snippet = { context: "resource.a.c" };
test.each([
  [{ address: "a.b" }, "a.b: Invalid\nno such thing"],
  [{ address: "a.b", snippet, ...file("cdk.tf.json") }, "a.b: Invalid\nno such thing"],
  [{ snippet, ...file("cdk.tf.json") }, "resource.a.c: Invalid\nno such thing"],
  [{ snippet, ...file("assets/module/x/main.tf") }, "resource.a.c, assets/module/x/main.tf line 4: Invalid\nno such thing"],
  [{ snippet: null }, "Invalid\nno such thing"],
])("a diagnostic with %j says what it is about, or where it is", (more, text) => {
  const event = parseTofuEvent(JSON.stringify({ type: "diagnostic", diagnostic: { severity: "error", summary: "Invalid", detail: "no such thing", ...more } }));
  expect(event?.event === "diagnostic" && [event.diagnostic.severity, diagnosticText(event.diagnostic)]).toEqual(["error", text]);
});

test("what was made before OpenTofu was killed is read from what it printed, cut off where it was", () => {
  const lines = [{ type: "apply_start", hook }, { type: "apply_complete", hook }, { type: "apply_complete", hook: { ...hook, action: "delete", resource: { addr: "b" } } }].map((line) => JSON.stringify(line));
  expect(madeIn([...lines, '{"type": "apply_comp'].join("\n"))).toEqual(new Map([["terraform_data.a", "x"]]));
});

test.each(["", "Warning: no configuration", '{"type": "version"}', "{broken"])("%j is no event", (line) => {
  expect(parseTofuEvent(line)).toBeUndefined();
});
