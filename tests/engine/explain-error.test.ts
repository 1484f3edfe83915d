import { explainError } from "#engine/explain-error.ts";
import { Fault } from "#model/fault.ts";
import { Issues } from "#model/issue.ts";

const fault = new Fault("host.locked", { host: "desk", hostState: "untouched", detail: { holder: "another" }, message: "desk: locked" });
const issue = { code: "key.unknown", at: "p.yaml:1:1", path: "x", message: "there is no key x", fix: "remove it" };
const failed = (message: string, cause?: unknown) => Object.assign(new Error(message, { cause }), { name: "Failed" });

test.each<readonly [string, unknown, object]>([
  ["a fault", fault, { message: "desk: locked", fault: { code: "host.locked", host: "desk", hostState: "untouched" } }],
  ["a failure that tells a fault", failed("desk: locked; wait", fault), { message: "desk: locked; wait", fault: { code: "host.locked", host: "desk", hostState: "untouched" } }],
  ["mistakes", new Issues([issue]), { message: "p.yaml:1:1 x: there is no key x (remove it)", issues: [issue] }],
  ["a failure that tells mistakes", failed("x", new Issues([issue])), { message: "p.yaml:1:1 x: there is no key x (remove it)", issues: [issue] }],
  ["a failure of its own", failed("no such cloud"), { message: "no such cloud" }],
  ["something that is no error", "word", { message: "word" }],
])("%s is told with all that it has", (_, error, expected) => {
  expect(explainError(error, "urn:x")).toEqual({ event: "diagnostic", severity: "error", urn: "urn:x", ...expected });
});

test("a bug shows where it happened", () => {
  expect(explainError(new TypeError("oops")).message).toMatch(/^TypeError: oops\n\s+at /);
});
