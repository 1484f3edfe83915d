import { plainDisplay } from "#cli/display.ts";
import { paintFor } from "#cli/paint.ts";
import type { EngineEvent, ResourceEvent } from "#engine/events.ts";
import type { PlannedEvent } from "#provider/contract.ts";

const LAYER = "steading:host:Layer";
const MACHINE = "steading:cloud:Machine";
const STACK = "pulumi:pulumi:Stack";
const urn = (type: string, name: string): string => `urn:pulumi:workstation::steading::${type}::${name}`;
const ended = (op: ResourceEvent["op"], type: string, name: string, more: Partial<ResourceEvent> = {}): ResourceEvent => ({
  event: "resource-outputs",
  op,
  urn: urn(type, name),
  type,
  name,
  custom: type !== STACK,
  detailedDiff: {},
  ...more,
});
const planned: PlannedEvent = {
  event: "planned",
  urn: urn(LAYER, "base"),
  host: "lab-1",
  items: [{ kind: "sysctl", name: "a.b", action: "change", fields: [{ field: "value", have: "0", want: "1" }] }],
  reactions: [],
  unchanged: ["file motd"],
};
const nothing: PlannedEvent = { ...planned, items: [] };
const plan = ["  ~ layer base on lab-1", "      ~ sysctl a.b  value  0 → 1"];
const preview: EngineEvent = { event: "phase", phase: "preview" };
const update: EngineEvent = { event: "phase", phase: "update" };
const step = { event: "step", urn: urn(LAYER, "base"), host: "lab-1", step: "sysctl: sysctl -w a.b=1", index: 1, of: 2 } as const;

/** What a pipe shows of some events: stdout, then stderr. */
function shown(events: readonly EngineEvent[], full = false): { out: readonly string[]; err: readonly string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const display = plainDisplay({ out: (line) => out.push(line), err: (line) => err.push(line) }, { paint: paintFor({}, {}), full, isFleet: false });
  events.forEach(display.onEvent);
  return { out, err };
}

test.each<[string, readonly EngineEvent[], readonly string[]]>([
  ["a plan in a preview, and not again that its layer is updated", [preview, planned, ended("update", LAYER, "base")], plan],
  ["a plan once, though it is made again before it is applied", [preview, planned, update, planned, step, { ...step, seconds: 0.1 }, ended("update", LAYER, "base", { seconds: 1 })], [...plan, "      lab-1  1/2  sysctl: sysctl -w a.b=1  0.10 s", "  ~ layer base  updated  1.0 s"]],
  ["nothing of what stays the same", [preview, nothing, ended("same", LAYER, "base"), ended("same", MACHINE, "lab"), ended("same", STACK, "s")], []],
  ["a machine that will be made", [preview, ended("create", MACHINE, "lab")], ["  + machine lab  create"]],
  ["a machine that was made, and what it told", [update, { event: "message", severity: "info", urn: urn(MACHINE, "lab"), text: "starting lab" }, ended("create", MACHINE, "lab", { seconds: 8.2 })], ["      lab  starting lab", "  + machine lab  created  8.2 s"]],
  ["nothing of components", [update, ended("create", STACK, "s")], []],
  ["a layer that goes", [preview, ended("delete", LAYER, "base")], ["  - layer base  delete"]],
  ["a step that failed", [update, ended("update", LAYER, "base", { failed: true })], ["  ! layer base  failed"]],
  ["resources of other providers by their type", [update, ended("create", "command:local:Command", "hello", { seconds: 0.5 })], ["  + command:local:Command hello  created  0.50 s"]],
])("a pipe shows %s", (_, events, lines) => {
  expect(shown(events)).toEqual({ out: lines, err: [] });
});

test("in full, what stays the same is shown once", () => {
  expect(shown([preview, nothing, ended("same", LAYER, "base"), ended("same", MACHINE, "lab"), update, nothing], true).out).toEqual([
    "  = layer base on lab-1",
    "      = file motd",
    "  = machine lab",
  ]);
});

test.each<[string, EngineEvent, readonly string[]]>([
  ["an error, with its resource", { event: "diagnostic", severity: "error", urn: urn(LAYER, "base"), message: "no\n" }, ["error base: no"]],
  ["a warning of a provider", { event: "message", severity: "warning", urn: urn(LAYER, "base"), text: "slow" }, ["warning base: slow"]],
  ["what the program prints, as it is", { event: "diagnostic", severity: "info", message: "hello\n", fromProgram: true }, ["hello"]],
  [
    "every mistake with place and fix",
    {
      event: "diagnostic",
      severity: "error",
      message: "two mistakes",
      issues: [
        { code: "a", at: "profiles/desktop.yaml:4:8", path: "sshd.Port", message: "70000 is no port", fix: "a port from 1 to 65535" },
        { code: "b", at: "layer base", path: "", message: "bad", fix: "" },
      ],
    },
    ["error profiles/desktop.yaml:4:8 sshd.Port: 70000 is no port", "      a port from 1 to 65535", "error layer base: bad"],
  ],
])("stderr tells %s", (_, event, lines) => {
  expect(shown([event])).toEqual({ out: [], err: lines });
});
