import { makeTaskLog } from "#ansible/tasks.ts";

const task = (id: string, name: string) => ({ event: "task", id, name, at: "main.yml:1" }) as const;
const end = (id: string) => ({ event: "end", id, status: "ok", message: "", diff: [] }) as const;

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

  test("has a handler that may be called, of which nothing can be told", () => {
    const log = makeTaskLog();
    log.hear({ event: "handler", name: "restart", by: "config" });
    log.hear({ event: "no-hosts" });
    expect([log.tasks[0]?.cannotTell, log.withoutHosts]).toEqual([expect.stringContaining("task config may call it"), 1]);
  });
});
