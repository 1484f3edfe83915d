import { Fault } from "#model/fault.ts";
import type { Faults, HostState } from "#model/fault.ts";
import { explain } from "#provider/explain.ts";

const fault = <C extends keyof Faults>(code: C, detail: Faults[C], hostState: HostState, cause?: Error): Fault =>
  new Fault(code, { message: "it failed", detail, host: "desk", hostState, ...(cause === undefined ? {} : { cause }) });

test.each([
  [fault("host.unreachable", { reason: "timeout" }, "untouched"), "nothing was changed", "check that the machine runs"],
  [fault("host.owned", { subject: "path:/etc/motd", owner: "layer a of stack p/s" }, "untouched"), "untouched", "declare path:/etc/motd in one place only"],
  [fault("command.failed", { argv: ["apt-get", "install"], exitCode: 100, output: "" }, "reverted"), "has been undone", "apt-get install"],
  [fault("apply.unconverged", { fields: ["mode"] }, "partial"), "some steps were done", "look at what sets mode"],
  [fault("cloud.failed", { cloud: "lab", reason: "full" }, "unknown"), "not known", "see what lab says"],
])("%s says its state and a remedy", (one, state, remedy) => {
  const [message, ...rest] = explain(one).split("\n");
  expect(message).toBe("desk: it failed");
  expect(rest[0]).toContain(`state of the host: ${one.hostState}`);
  expect(rest[0]).toContain(state);
  expect(rest[1]).toContain("what to do: ");
  expect(rest[1]).toContain(remedy);
});

test("a cause is named once", () => {
  expect(explain(fault("undo.failed", { output: "" }, "partial", new Error("disk full")))).toContain("because: disk full");
  expect(explain(fault("undo.failed", { output: "" }, "partial", new Error("it failed")))).not.toContain("because");
});
