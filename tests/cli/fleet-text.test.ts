import { plainDisplay } from "#cli/display.ts";
import { fleetLines } from "#cli/fleet-text.ts";
import { runLimits, timeBudgetSeconds, unreachableChoice } from "#cli/run-limits.ts";
import { paintFor } from "#cli/paint.ts";
import { hear, newStory, summarize } from "#cli/story.ts";
import type { EngineEvent, ResourceEvent } from "#engine/events.ts";
import type { PlannedEvent, PlannedItem } from "#provider/contract.ts";

const LAYER = "steading:host:Layer";
const paint = paintFor({}, {});
const urnOf = (host: string, layer = "app"): string => `urn:pulumi:fleet::steading::${LAYER}::${layer} on ${host}`;
const planned = (host: string, action: PlannedItem["action"] | undefined, layer?: string): PlannedEvent => ({
  event: "planned",
  urn: urnOf(host, layer),
  host,
  items: action === undefined ? [] : [{ kind: "file", name: "motd", action, fields: [] }],
  reactions: [],
  unchanged: action === undefined ? ["file motd"] : [],
});
const ended = (host: string, more: Partial<ResourceEvent> = {}, layer?: string): ResourceEvent => ({
  event: "resource-outputs",
  op: "update",
  urn: urnOf(host, layer),
  type: LAYER,
  name: `app on ${host}`,
  custom: true,
  detailedDiff: {},
  seconds: 1.5,
  ...more,
});
const fault = (host: string): EngineEvent => ({ event: "diagnostic", severity: "error", urn: urnOf(host), message: `${host}: cannot be reached: silence\n  more`, fault: { code: "host.unreachable", host, hostState: "untouched" } });
const preview: EngineEvent = { event: "phase", phase: "preview" };
const update: EngineEvent = { event: "phase", phase: "update" };
const story = (...events: readonly EngineEvent[]) => events.reduce(hear, newStory());

test("a line for each host that changed or failed, the rest as a number", () => {
  const told = story(
    preview,
    planned("a", "change"),
    planned("a", "change", "base"),
    planned("b", "change"),
    planned("c", undefined),
    planned("d", "cannot-tell"),
    planned("e", "cannot-tell"),
    planned("f", undefined),
    update,
    ended("a"),
    ended("a", {}, "base"),
    ended("b", { failed: true }),
    fault("b"),
    ended("c", { op: "same" }),
    ended("d", { postponed: "queued" }),
    ended("e", { postponed: "forgotten", op: "delete" }),
  );
  expect(fleetLines(told, paint)).toEqual(["  ~ a  2 changed  3.0 s", "  ! b  failed: cannot be reached: silence", "  … d  does not answer; queued", "  … e  does not answer; forgotten", "  = 2 hosts as declared"]);
  expect(summarize(told)).toMatchObject({ queued: 1, forgotten: 1, cannotTell: 0 });
});

test("of a preview: what would change, and what cannot be told", () => {
  expect(fleetLines(story(preview, planned("a", "change"), planned("host-2", "cannot-tell")), paint)).toEqual(["  ~ a       1 to change", "  ? host-2  cannot tell yet"]);
});

test("up to 20 hosts are shown item by item; from then on, and where more were known, one line each in the end", () => {
  const shown = (hosts: number, isFleet: boolean, full = false): readonly string[] => {
    const out: string[] = [];
    const display = plainDisplay({ out: (line) => out.push(line), err: () => undefined }, { paint, full, isFleet });
    display.onEvent(preview);
    for (let index = 0; index < hosts; index += 1) display.onEvent(planned(`h${String(index)}`, "change"));
    display.onEvent({ event: "summary", succeeded: true, changes: {}, durationSeconds: 1 });
    return out;
  };
  const [few, many, known, full] = [shown(20, false), shown(21, false), shown(1, true), shown(30, false, true)];
  expect([few.length, few.at(-1)]).toEqual([40, expect.stringContaining("motd") as string]);
  expect([many.length, many.at(-1)]).toEqual([40 + 21, "  ~ h20  1 to change"]);
  expect(known).toEqual(["  ~ h0  1 to change"]);
  expect(full.length).toBe(60);
});

test("options of a run are read", () => {
  expect(runLimits({ parallel: "12", failFast: true, batch: "1,rest" })).toEqual({ parallel: 12, failFast: true, batch: expect.any(Function) as unknown });
  expect([runLimits({}), timeBudgetSeconds({}), unreachableChoice({})]).toEqual([{}, undefined, undefined]);
  expect([timeBudgetSeconds({ timeBudget: "1h30m" }), unreachableChoice({ whenUnreachable: "forget" })]).toEqual([5400, "forget"]);
});

test.each([
  ["--parallel", () => runLimits({ parallel: "0" })],
  ["--parallel", () => runLimits({ parallel: "many" })],
  ["--batch", () => runLimits({ batch: "1,some" })],
  ["--time-budget", () => timeBudgetSeconds({ timeBudget: "10" })],
  ["--time-budget", () => timeBudgetSeconds({ timeBudget: "0" })],
  ["--time-budget", () => timeBudgetSeconds({ timeBudget: "9999h" })],
  ["--when-unreachable", () => unreachableChoice({ whenUnreachable: "wait" })],
])("what %s cannot mean is refused, %#", (option, read) => {
  expect(read).toThrow(option);
});
