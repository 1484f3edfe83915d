import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WhenUnreachable } from "#model/connection.ts";
import { makeDoor } from "../../support/door.ts";
import type { Door } from "../../support/door.ts";
import { startFleet, textIn } from "../../support/fleet.ts";
import type { Fleet } from "../../support/fleet.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { sshdObstacle } from "../../support/sshd.ts";
import type { FleetHost } from "./program.ts";

/** Hosts 1, 2 and 3; host 2 is behind a door. */
describeUnless(sshdObstacle === undefined, sshdObstacle ?? "")("a host that does not answer, among others", () => {
  let fleet: Fleet;
  let door: Door;
  let project: TestProject;
  beforeAll(async () => {
    fleet = await startFleet(3);
    door = await makeDoor("127.1.0.2", fleet.connection.port ?? 0);
    project = testProject(new URL("program.ts", import.meta.url), {});
  }, 60_000);
  afterAll(async () => {
    project.remove();
    await door.remove();
    await fleet.stop();
  });

  /** What the program declares. */
  const declare = (content: string, whenUnreachable?: WhenUnreachable, hosts: readonly string[] = ["1", "2", "3"], more: Partial<FleetHost> = {}): void => {
    const all = hosts.map((last): FleetHost => ({ address: `127.1.0.${last}`, ...(last === "2" ? { port: door.port, ...(whenUnreachable === undefined ? {} : { whenUnreachable }), ...more } : {}) }));
    const config = { "test:connection": { ...fleet.connection }, "test:content": content, "test:hosts": all };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ config }));
  };
  const there = (): readonly (string | undefined)[] => fleet.addresses.map((address) => textIn(fleet, address, "etc/motd"));
  const names = (): readonly string[] => [...project.state().matchAll(/"urn":"[^"]*::app on (127\.1\.0\.\d)/g)].map(([, address]) => address ?? "").sort();
  const change = async (command: string, ...args: readonly string[]) => {
    const { exitCode, output } = await project.json(command, ...args);
    const { change: changed, queued, forgotten } = output.summary ?? { change: -1, queued: -1, forgotten: -1 };
    const notBegun = (output.notBegun ?? []).map((name) => name.replace(/:\d+$/, ""));
    return { exitCode, changed, queued, forgotten, notBegun, faults: (output.errors ?? []).flatMap(({ code, host = "" }) => (code === undefined ? [] : [`${code} ${host}`])) };
  };

  test("fail: the others are made, the run fails and names it; when it is back it is made", async () => {
    await door.set("shut");
    declare("one\n");
    expect(await change("up")).toMatchObject({ exitCode: 1, faults: ["host.unreachable 127.1.0.2"], notBegun: ["app on 127.1.0.2"] });
    expect(there()).toEqual(["one\n", undefined, "one\n"]);
    await door.set("open");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 1, faults: [] });
    expect(there()).toEqual(["one\n", "one\n", "one\n"]);
  }, 120_000);

  test("queue: a change waits, the run succeeds and says so; the next one that reaches the host does it", async () => {
    await door.set("shut");
    declare("two\n", "queue");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 2, queued: 1, forgotten: 0, faults: [] });
    expect(there()).toEqual(["two\n", "one\n", "two\n"]);
    const shown = await project.run("up");
    expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringMatching(/… layer app on 127\.1\.0\.2:\d+ {2}queued[\s\S]*0 changed, 1 queued, 2 unchanged/)]);
    expect(shown.stderr).toContain("127.1.0.2 does not answer, so layer app is not changed; queued: the next run that reaches the host does it");
    await door.set("open");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 1, queued: 0 });
    expect(there()).toEqual(["two\n", "two\n", "two\n"]);
  }, 120_000);

  test("queue: what is to be taken back stays in the state until the host is back", async () => {
    await door.set("shut");
    declare("two\n", "queue", ["1", "3"]);
    expect(await change("up")).toMatchObject({ exitCode: 0, queued: 1, faults: [] });
    expect(names()).toEqual(["127.1.0.1", "127.1.0.2", "127.1.0.3"]);
    await door.set("open");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 1, queued: 0 });
    expect([there(), names()]).toEqual([["two\n", undefined, "two\n"], ["127.1.0.1", "127.1.0.3"]]);
  }, 120_000);

  test("forget: a change is left out and shown again; what is taken back is dropped, and named", async () => {
    declare("two\n");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 1 });
    await door.set("shut");
    declare("three\n", "forget");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 2, queued: 0, forgotten: 1, faults: [] });
    expect(there()).toEqual(["three\n", "two\n", "three\n"]);
    expect((await project.json("preview")).output).toMatchObject({ result: "changes", resources: [{ operation: "update" }] });
    declare("three\n", undefined, ["1", "3"]);
    const gone = await project.run("up");
    expect([gone.exitCode, gone.stderr]).toEqual([0, expect.stringContaining("layer app is forgotten; left on the host: file motd") as string]);
    expect([there()[1], names()]).toEqual(["two\n", ["127.1.0.1", "127.1.0.3"]]);
    await door.set("open");
    declare("three\n");
    expect(await change("up")).toMatchObject({ exitCode: 0, changed: 1 });
  }, 120_000);

  test("a host that takes a connection and says nothing is waited for once in a run, and --when-unreachable decides for this run", async () => {
    await door.set("silent");
    declare("four\n");
    expect(await change("destroy", "--when-unreachable", "queue")).toMatchObject({ exitCode: 0, queued: 1, faults: [] });
    expect(door.waited()).toBe(1);
    expect([there(), names()]).toEqual([[undefined, "three\n", undefined], ["127.1.0.2"]]);
  }, 120_000);

  test("a time budget ends a run that waits; what it did not come to is named", async () => {
    await door.set("silent");
    declare("four\n", undefined, ["2", "1", "3"]);
    const ended = await change("up", "--time-budget", "8s", "--parallel", "1");
    // On a slow machine it may be over before anything has begun: then what the state knows is named.
    expect(ended).toMatchObject({ exitCode: 1, notBegun: ended.notBegun.length === 1 ? ["127.1.0.2"] : expect.arrayContaining(["127.1.0.1", "127.1.0.3"]) as string[] });
    expect([there()[2], names(), door.waited() <= 1]).toEqual([undefined, ["127.1.0.2"], true]);
  }, 120_000);

  test("fail-fast: nothing begins after the first failure; batches: nothing of the next one", async () => {
    await door.set("shut");
    declare("four\n", undefined, ["2", "1", "3"]);
    const first = await change("up", "--fail-fast", "--parallel", "1");
    expect(first).toMatchObject({ exitCode: 1, faults: ["host.unreachable 127.1.0.2"] });
    // Which of them comes first is the program's affair.
    const done = ["127.1.0.1", "127.1.0.3"].filter((address) => textIn(fleet, address, "etc/motd") === "four\n");
    expect([...done, ...first.notBegun].sort()).toEqual(["127.1.0.1", "127.1.0.3"]);
    expect(await change("destroy", "--when-unreachable", "queue")).toMatchObject({ exitCode: 0, queued: 1 });
    expect(await change("up", "--batch", "1,rest")).toMatchObject({ exitCode: 1, notBegun: ["127.1.0.1", "127.1.0.3"] });
    expect(there()).toEqual([undefined, "three\n", undefined]);
    await door.set("open");
    expect(await change("up", "--batch", "1,rest")).toMatchObject({ exitCode: 0, changed: 3 });
    expect(there()).toEqual(["four\n", "four\n", "four\n"]);
    expect(await change("destroy")).toMatchObject({ exitCode: 0, changed: 3 });
  }, 120_000);
});
