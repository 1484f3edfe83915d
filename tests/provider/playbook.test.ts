import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteBegun } from "#ansible/interrupted.ts";
import { secret, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { InitFailed, ProviderEvent } from "#provider/contract.ts";
import { makeProvider } from "#provider/provider.ts";
import { describeUnless } from "../support/skip.ts";

const type = "steading:ansible:Playbook";
const urn = `urn:pulumi:dev::proj::${type}::site`;
const resource = { urn, type, name: "site" };
const directory = mkdtempSync(join(tmpdir(), "steading-playbook-"));
const at = (name: string): string => join(directory, name);
const events: ProviderEvent[] = [];
const provider = makeProvider({ project: "proj", stack: "dev", report: (event) => events.push(event) });
const news: JsonObject = { host: { via: "local" }, playbook: at("site.yml"), directory, ansible: at("ansible-playbook") };

/** What the fake prints: one task each, as name, how it ends, and more. */
function says(tasks: readonly (readonly [string, string, object?])[], exitCode = 0): void {
  const lines = tasks.flatMap(([name, status, more], index) => [
    { steading: "task", id: String(index), name, at: `/p/site.yml:${String(index)}` },
    { steading: "end", id: String(index), host: "localhost", status, message: "", diff: [], ...more },
  ]);
  writeFileSync(at("says"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  writeFileSync(at("code"), String(exitCode));
}

const diff = (more: JsonObject = {}, old: JsonObject = {}) => provider.diff({ ...resource, id: "x", oldInputs: { ...news, ...old }, olds: { ...news, ...old }, news: { ...news, ...more }, ignoreChanges: [] });
const create = (inputs = news) => provider.create({ ...resource, inputs, preview: false, timeoutSeconds: 0 });
const runs = (): number => readFileSync(at("runs"), "utf8").split("\n").length - 1;
const planned = () => events.filter((event) => event.event === "planned").at(-1);

describeUnless(process.getuid?.() === 0, "needs root, to ask this machine what it is")("steading:ansible:Playbook", () => {
  const { XDG_STATE_HOME } = process.env;
  beforeAll(() => {
    process.env["XDG_STATE_HOME"] = at("state");
    writeFileSync(at("site.yml"), "[]");
    writeFileSync(at("undo.yml"), "[]");
    writeFileSync(at("ansible-playbook"), `#!/bin/sh\ncd ${directory}; echo "$@" >>runs; cat says; exit $(cat code)\n`, { mode: 0o755 });
  });
  beforeEach(() => {
    writeFileSync(at("runs"), "");
    events.length = 0;
  });
  afterAll(async () => {
    await provider.close();
    if (XDG_STATE_HOME === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = XDG_STATE_HOME;
    rmSync(directory, { recursive: true, force: true });
  });

  test("what is wrong with the declaration is said at once, before anything runs", async () => {
    const check = async (more: JsonObject) => (await provider.check({ ...resource, news: { ...news, ...more } })).failures.map(({ property }) => property);
    expect(await check({ host: { via: "tree", root: "/srv" } })).toEqual(["host"]);
    expect(await check({ playbook: at("none.yml"), undoPlaybook: "relative.yml", tags: ["a b"], vaultPassword: "two\nlines" })).toEqual(["vaultPassword", "tags.0", "undoPlaybook", "playbook", "undoPlaybook"]);
    const { inputs, failures } = await provider.check({ ...resource, news: { ...news, vaultPassword: "pw", extraVars: { later: UNKNOWN } } });
    expect([failures, inputs["vaultPassword"], typeof inputs["digest"]]).toEqual([[], secret("pw"), "string"]);
  });

  test("a task that check mode would change is a change, with its diff as fields and its path", async () => {
    says([["a", "ok"], ["b", "changed", { diff: [{ before: "1\n2\n3\n", after: "1\ntwo\n3\n", after_header: "/etc/b" }, { before: { mode: "0600", path: "/etc/b" }, after: { mode: "0644", path: "/etc/b" } }] }]]);
    expect(await diff()).toMatchObject({ changes: "some", detailedDiff: { "tasks.b": { kind: "update", inputDiff: false } } });
    expect(planned()).toMatchObject({ unchanged: ["task a"], items: [{ kind: "task", name: "b", action: "change", fields: [{ field: "/etc/b", have: "2", want: "two" }, { field: "mode", have: "0600", want: "0644" }] }] });
    expect(readFileSync(at("runs"), "utf8")).toContain("--check --diff");
  });

  test("what is going to run is not looked at twice; what had nothing to do is", async () => {
    says([["a", "changed"]]);
    await diff({ tags: ["twice"] });
    await diff({ tags: ["twice"] });
    expect(runs()).toBe(1);
    says([["a", "ok"]]);
    expect([(await diff({ tags: ["idle"] })).changes, (await diff({ tags: ["idle"] })).changes, runs()]).toEqual(["none", "none", 3]);
  });

  test("a task that check mode does not run cannot be told; it runs again when files or variables differ", async () => {
    says([["a", "ok"], ["b", "skipped", { cannotTell: "would have run" }]]);
    expect((await diff({ undoPlaybook: at("undo.yml") })).changes).toBe("none");
    expect(planned()?.items).toEqual([{ kind: "task", name: "b", action: "cannot-tell", fields: [{ field: "", note: "would have run" }] }]);
    expect(await diff({ digest: "new" }, { digest: "old" })).toMatchObject({ changes: "some", detailedDiff: { digest: { kind: "update" } } });
  });

  test("a change that is made of what cannot be told is none for certain, and its values are not shown", async () => {
    says([["a", "changed", { cannotTell: "it uses res", diff: [{ before: "1\n", after: "\n" }] }]]);
    expect((await diff({ undoPlaybook: at("undo.yml") })).changes).toBe("none");
    expect(planned()?.items).toEqual([{ kind: "task", name: "a", action: "cannot-tell", fields: [{ field: "", note: "it uses res" }] }]);
  });

  test("a playbook whose last run was killed goes through again", async () => {
    says([["a", "ok"]]);
    noteBegun(urn);
    expect((await diff({ undoPlaybook: at("undo.yml") })).changes).toBe("some");
    expect(planned()?.items).toEqual([{ kind: "playbook", name: "site", action: "change", fields: [{ field: "", have: "a run that was killed", want: "one that goes through to its end" }] }]);
    await create();
    expect((await diff({ tags: ["after"] })).changes).toBe("none");
  });

  test("variables that lead to another machine are mistakes", async () => {
    writeFileSync(at("says"), `${JSON.stringify({ steading: "refused", differs: [{ name: "ansible_connection", have: "local", want: "ssh" }, { name: "ansible_port", have: "22" }] })}\n`);
    writeFileSync(at("code"), "1");
    const failed = { name: "Failed", message: expect.stringMatching(/^playbook site ansible_connection: it is local, and the host's connection has ssh: .*\nplaybook site ansible_port: it is 22, and .* has none: /) as string };
    await expect(diff({ tags: ["elsewhere"] })).rejects.toMatchObject(failed);
    await expect(create()).rejects.toMatchObject(failed);
  });

  test("what is too long for a terminal and the state loses its middle, and no secret is cut in two", async () => {
    const long = `first ${"x".repeat(4085)}s3cret${"y".repeat(1_000_000)} last`;
    says([["a", "failed", { message: long }]], 2);
    const failed = await create({ ...news, extraVars: { key: secret("s3cret") } }).catch((error: unknown) => error as Error);
    const text = "message" in failed ? failed.message : "";
    expect([text.length < 10_000, text.includes("first xxx"), text.includes("yyy last"), text.includes("s3c"), text.includes("characters are left out")]).toEqual([true, true, true, false, true]);
  });

  test("where check mode fails, nothing is told of what follows", async () => {
    const message = `no such service, ${"and more ".repeat(20)}`;
    says([["a", "failed", { message }]], 2);
    await diff({ tags: ["whole"] });
    expect(events.flatMap((event) => (event.event === "message" ? [[event.severity, event.text]] : []))).toEqual([["warning", `check mode fails at task a of playbook site (/p/site.yml:0): ${message.trim()}`]]);
    says([["a", "failed", { message: "no such service" }]], 2);
    expect((await diff()).changes).toBe("some");
    expect(planned()?.items.map(({ name, action, fields }) => [name, action, fields[0]?.note])).toEqual([
      ["a", "cannot-tell", "check mode fails here: no such service"],
      ["all that follow", "cannot-tell", "check mode ended at a"],
    ]);
  });

  test("a host or variables that are not known yet cannot be told", async () => {
    expect((await diff({ host: UNKNOWN })).changes).toBe("unknown");
    await diff({ extraVars: { later: UNKNOWN } });
    expect([planned()?.items[0]?.action, runs()]).toEqual(["cannot-tell", 0]);
  });

  test("a run tells its tasks as steps, and outputs how they ended", async () => {
    says([["a", "ok"], ["b", "changed"]]);
    const { id, properties } = await create();
    expect([id, properties["recap"], properties["tasks"]]).toEqual(["site@localhost", { tasks: 2, ok: 1, changed: 1, skipped: 0, ignored: 0, failed: 0 }, { a: "ok", b: "changed" }]);
    expect(events.flatMap((event) => (event.event === "step" && event.seconds !== undefined ? [`${String(event.index)} ${event.step}`] : []))).toEqual(["1 a", "2 b: changed"]);
  });

  test("a task that fails is named with place and reason, no secret in it; the resource is there in part", async () => {
    says([["a", "changed"], ["b", "failed", { message: "no s3cret" }]], 2);
    const failed = await create({ ...news, extraVars: { key: secret("s3cret") } }).catch((error: unknown) => error as InitFailed);
    expect(failed).toMatchObject({ name: "InitFailed", id: "site@localhost", properties: { tasks: { a: "changed", b: "failed" } }, cause: { code: "task.failed", hostState: "partial" } });
    expect("message" in failed && failed.message).toContain("localhost: task b of playbook site failed (/p/site.yml:1): no [secret]");
  });

  test("a task that was rescued is no failure; a look that was cut off is no plan", async () => {
    says([["a", "failed"], ["b", "ok"]]);
    expect((await create()).properties["tasks"]).toEqual({ a: "ignored", b: "ok" });
    expect((await diff({ tags: ["rescued"] })).changes).toBe("none");
    says([["a", "ok"]], 99);
    await expect(diff({ tags: ["cut"] })).rejects.toThrow(/did not come to its end/);
  });

  test("a playbook that does not come to a task is refused: a mistake in it, or plays for other hosts", async () => {
    says([], 4);
    await expect(create()).rejects.toThrow(/Ansible does not run .*site\.yml/);
    writeFileSync(at("says"), '{"steading": "no-hosts"}\n');
    writeFileSync(at("code"), "0");
    await expect(diff({ tags: ["none"] })).rejects.toThrow(/no play of .* is for localhost \(name the groups/);
  });

  test("a destroy leaves all as it is and says so, or runs the playbook that takes it back", async () => {
    says([["back", "changed"]]);
    const destroy = (more: JsonObject) => provider.delete({ ...resource, id: "x", oldInputs: { ...news, ...more }, olds: { ...news, ...more }, timeoutSeconds: 0 });
    await destroy({});
    expect([runs(), events.map((event) => (event.event === "message" ? event.text : ""))]).toEqual([0, [expect.stringContaining("did stays on localhost: Ansible has no undo")]]);
    await destroy({ undoPlaybook: at("undo.yml") });
    expect(readFileSync(at("runs"), "utf8")).toMatch(/-- .*undo\.yml\n$/);
    says([["back", "failed", { message: "busy" }]], 2);
    await expect(destroy({ undoPlaybook: at("undo.yml") })).rejects.toMatchObject({ name: "Failed", message: expect.stringMatching(/what the tasks did until then stays/) as string, cause: { code: "task.failed" } });
    await expect(destroy({ undoPlaybook: at("moved/undo.yml"), directory: at("moved") })).rejects.toMatchObject({ name: "Failed", message: expect.stringMatching(/^playbook site directory: there is no .*moved any more \(put it back, or run `steading up` once/) as string });
  });
});
