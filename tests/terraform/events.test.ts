import { diagnosticText, parseTofuEvent } from "#terraform/events.ts";

const hook = { resource: { addr: "terraform_data.a" }, action: "create" };

test.each([
  ["apply_start", "begin"],
  ["apply_complete", "end"],
  ["apply_errored", "fail"],
])("%s of a resource is its %s", (type, event) => {
  expect(parseTofuEvent(JSON.stringify({ type, hook }))).toEqual({ event, address: "terraform_data.a", action: "create" });
});

test("a diagnostic is read with what it is about", () => {
  const event = parseTofuEvent(JSON.stringify({ type: "diagnostic", diagnostic: { severity: "error", summary: "Invalid", detail: "no such thing", address: "a.b" } }));
  expect(event).toEqual({ event: "diagnostic", diagnostic: { severity: "error", summary: "Invalid", detail: "no such thing", address: "a.b" } });
  expect(event?.event === "diagnostic" && diagnosticText(event.diagnostic)).toBe("a.b: Invalid\nno such thing");
});

test.each(["", "Warning: no configuration", '{"type": "version"}', "{broken"])("%j is no event", (line) => {
  expect(parseTofuEvent(line)).toBeUndefined();
});
