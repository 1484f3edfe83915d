import type { TaskEnd } from "#ansible/events.ts";
import { makeTaskLog } from "#ansible/tasks.ts";
import type { Task } from "#ansible/tasks.ts";

const task = (id: string, name: string) => ({ event: "task", id, name, at: "main.yml:1" }) as const;
const end = (id: string) => ({ event: "end", id, host: "desk", status: "ok", message: "", diff: [] }) as const;

describe("the log of a run", () => {
  test("counts a name that comes again", () => {
    const log = makeTaskLog();
    for (const event of [task("1", "copy"), end("1"), task("2", "copy"), end("2")]) log.hear(event);
    expect(log.tasks.map(({ name }) => name)).toEqual(["copy", "copy (2)"]);
  });

  test("takes a task that runs twice as two", () => {
    const log = makeTaskLog();
    for (const event of [task("1", "restart"), end("1"), task("1", "restart")]) log.hear(event);
    expect([log.begun, log.tasks.map(({ name }) => name)]).toEqual([2, ["restart"]]);
    expect(log.hear({ ...end("1"), status: "failed" })).toMatchObject({ name: "restart (2)", status: "failed" });
  });

  test("leaves out what only leads to other tasks", () => {
    const log = makeTaskLog();
    for (const event of [task("1", "include"), task("2", "copy"), end("2")]) log.hear(event);
    expect([log.begun, log.tasks.map(({ name }) => name)]).toEqual([2, ["copy"]]);
  });

  test.each<readonly [string, readonly Partial<TaskEnd>[], Partial<Task>]>([
    ["a change on one of two hosts", [{ status: "changed", diff: [{ after: "x" }] }, { host: "other", status: "ok" }], { status: "changed", diff: [{ after: "x" }] }],
    ["changes on both", [{ status: "changed", diff: [{ after: "x" }] }, { host: "other", status: "changed", diff: [{ after: "y" }] }], { status: "changed", diff: [{ after: "x" }, { after: "y" }] }],
    ["a failure after a change, and before what is well", [{ status: "changed" }, { host: "other", status: "failed", message: "no" }, { host: "third" }], { status: "failed", message: "other: no" }],
    ["two failures", [{ status: "failed", message: "no" }, { host: "other", status: "failed", message: "neither" }], { status: "failed", message: "no\nother: neither" }],
    ["a failure and an unreachable host", [{ status: "failed", message: "no" }, { host: "other", status: "unreachable", message: "away" }], { status: "failed", message: "no" }],
    ["what cannot be told, and what is well", [{ host: "other", status: "skipped", cannotTell: "why" }, { status: "ok" }], { status: "skipped", cannotTell: "other: why" }],
    ["what cannot be told, and a change that is certain", [{ status: "changed", cannotTell: "why" }, { host: "other", status: "changed" }], { status: "changed" }],
    ["a condition that holds on one", [{ status: "skipped" }, { host: "other" }], { status: "ok" }],
  ])("holds the worst of several hosts: %s", (_, ends, expected) => {
    const log = makeTaskLog("desk");
    log.hear(task("1", "copy"));
    for (const one of ends) log.hear({ ...end("1"), ...one });
    expect(log.tasks).toEqual([{ name: "copy", at: "main.yml:1", message: "", diff: [], ...expected }]);
  });

  test("has a handler that may be called, of which nothing can be told", () => {
    const log = makeTaskLog();
    log.hear({ event: "handler", name: "restart", by: "config" });
    log.hear({ event: "no-hosts" });
    expect([log.tasks[0]?.cannotTell, log.withoutHosts]).toEqual([expect.stringContaining("task config may call it"), 1]);
  });
});
