import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { backendRoot, openBackend, placeOf } from "#engine/backend.ts";
import { removeLeftovers, temporaryName } from "#engine/durable-write.ts";
import { GroupCommit } from "#engine/group-commit.ts";
import { readHistory, recordRun } from "#engine/history.ts";
import { cancelLocks, lockStack } from "#engine/lock.ts";
import { openCrypter } from "#engine/passphrase.ts";
import { emptySnapshot } from "#engine/snapshot.ts";
import { openStackFile, readCheckpoint, removeStack } from "#engine/stack-file.ts";
import { Issues } from "#model/issue.ts";

const FIXTURE = new URL("../fixtures/pulumi-state/component-and-secret.json", import.meta.url);

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "steading-backend-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const place = async (create = true) => placeOf(await openBackend(root, create), "expproj", "dev");

async function withFixture() {
  const at = await place();
  mkdirSync(dirname(at.checkpoint), { recursive: true });
  copyFileSync(FIXTURE, at.checkpoint);
  return at;
}

async function openFixture(at: Awaited<ReturnType<typeof place>>) {
  const checkpoint = await readCheckpoint(at);
  const crypter = await openCrypter("test", checkpoint.salt ?? "", "here");
  const file = openStackFile(at, checkpoint, { open: crypter, seal: crypter });
  if (file.snapshot === undefined) throw new Error("no snapshot");
  return { ...file, snapshot: file.snapshot };
}

/** A child that runs a module of ours, as TypeScript. */
const child = (code: string, ...args: readonly string[]) =>
  spawn(process.execPath, ["--input-type=module-typescript", "-e", code, ...args], { cwd: process.cwd(), stdio: ["ignore", "pipe", "inherit"] });

async function outputOf(process: ReturnType<typeof child>): Promise<string> {
  let text = "";
  process.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(process, "close");
  return text;
}

test.each([
  ["PULUMI_BACKEND_URL first", { PULUMI_BACKEND_URL: "file:///srv/a" }, "file:///srv/b", "/srv/a"],
  ["then Pulumi.yaml", {}, "file:///srv/b", "/srv/b"],
  ["a relative URL of Pulumi.yaml starts at the project", {}, "file://./state", "/project/state"],
  ["~ is the home directory", { PULUMI_BACKEND_URL: "file://~" }, undefined, homedir()],
  ["~/x is in it", { PULUMI_BACKEND_URL: "file://~/x" }, undefined, join(homedir(), "x")],
  ["a query is ignored", { PULUMI_BACKEND_URL: "file:///srv/a?no_tmp_dir=true" }, undefined, "/srv/a"],
])("the backend is chosen: %s", async (_name, env, projectUrl, expected) => {
  expect(await backendRoot({ env, projectUrl, projectDirectory: "/project" })).toBe(expected);
});

test("the backend that `pulumi login` chose is used, and the home directory without one", async () => {
  const env = { PULUMI_HOME: root };
  expect(await backendRoot({ env, projectDirectory: "/" })).toBe(homedir());
  writeFileSync(join(root, "credentials.json"), JSON.stringify({ current: "file:///srv/login" }));
  expect(await backendRoot({ env, projectDirectory: "/" })).toBe("/srv/login");
});

test.each(["https://api.pulumi.com", "s3://bucket", "azblob://x", "gs://x", "postgres://x"])("the backend %s is refused by name", async (url) => {
  await expect(backendRoot({ env: { PULUMI_BACKEND_URL: url }, projectDirectory: "/" })).rejects.toThrow(new RegExp(`${url}.*Pulumi CLI`));
});

test("a new backend gets the layout with projects, a preview makes nothing", async () => {
  await openBackend(root, false);
  expect(readdirSync(root)).toEqual([]);
  await openBackend(root, true);
  expect(readFileSync(join(root, ".pulumi/meta.yaml"), "utf8")).toBe("version: 1\n");
  await openBackend(root, true);
});

test.each([
  ["a newer layout", "meta.yaml", "version: 2\n"],
  ["a meta file without version", "meta.yaml", "\n"],
  ["stacks without projects", "stacks/dev.json", "{}"],
])("%s is refused", async (_name, file, text) => {
  mkdirSync(join(root, ".pulumi/stacks"), { recursive: true });
  writeFileSync(join(root, ".pulumi", file), text);
  await expect(openBackend(root, true)).rejects.toThrow(/pulumi state upgrade/);
});

test.each(["", "..", "a/b", "a b", "x".repeat(101)])("the stack name %j is refused", async (name) => {
  const backend = await openBackend(root, true);
  expect(() => placeOf(backend, "p", name)).toThrow(Issues);
});

test("stacks are listed once each, without backups and attributes", async () => {
  const at = await withFixture();
  for (const name of ["dev.json.bak", "dev.json.attrs", "dev.json.gz", "two.json.zst", "dev.json.1.tmp", "x.yaml"]) writeFileSync(join(dirname(at.checkpoint), name), "");
  expect(await (await openBackend(root, false)).stacks("expproj")).toEqual(["dev", "two"]);
  expect(await (await openBackend(root, false)).stacks("other")).toEqual([]);
});

test("a stack is read, saved, and its old content kept as .bak", async () => {
  const at = await withFixture();
  const file = await openFixture(at);
  await file.save({ ...file.snapshot, metadata: { touched: true } });
  expect(readFileSync(`${at.checkpoint}.bak`, "utf8")).toBe(readFileSync(FIXTURE, "utf8"));
  const { snapshot } = await openFixture(at);
  expect(snapshot).toEqual({ ...file.snapshot, metadata: { touched: true } });
  expect(readdirSync(dirname(at.checkpoint)).sort()).toEqual(["dev.json", "dev.json.bak"]);
});

test("a write that came no further than its .bak, and half a .bak of a killed run, harm neither file", async () => {
  const at = await withFixture();
  const old = readFileSync(FIXTURE, "utf8");
  const file = await openFixture(at);
  linkSync(at.checkpoint, `${at.checkpoint}.bak`);
  linkSync(at.checkpoint, temporaryName(`${at.checkpoint}.bak`));
  await file.save({ ...file.snapshot, metadata: { touched: true } });
  expect(readFileSync(`${at.checkpoint}.bak`, "utf8")).toBe(old);
  expect((await openFixture(at)).snapshot.metadata).toEqual({ touched: true });
  expect(readdirSync(dirname(at.checkpoint)).sort()).toEqual(["dev.json", "dev.json.bak"]);
});

test("what was written before is written in the same words, whatever came between", async () => {
  const at = await withFixture();
  const file = await openFixture(at);
  const [first, ...others] = file.snapshot.resources;
  if (first === undefined) throw new Error("no resources");
  await file.save({ ...file.snapshot, resources: [{ ...first, protect: true }, ...others], pendingOperations: [{ type: "updating", resource: first }] });
  expect((await openFixture(at)).snapshot).toMatchObject({ resources: [{ protect: true }, ...others.map(() => ({}))], pendingOperations: [{ type: "updating", resource: first }] });
  await file.save(file.snapshot);
  expect(readFileSync(at.checkpoint, "utf8")).toBe(readFileSync(FIXTURE, "utf8").trimEnd());
});

test("a new stack has no snapshot and can be saved without a passphrase", async () => {
  const at = await place();
  const file = openStackFile(at, await readCheckpoint(at), {});
  expect(file.snapshot).toBeUndefined();
  await file.save(emptySnapshot());
  expect(JSON.parse(readFileSync(at.checkpoint, "utf8"))).toMatchObject({ version: 3, checkpoint: { stack: "organization/expproj/dev", latest: { metadata: {} } } });
});

test.each([
  [".gz", gzipSync],
  [".zst", zstdCompressSync],
] as const)("a checkpoint compressed as %s is read, and written plainly", async (ending, compress) => {
  const at = await withFixture();
  rmSync(at.checkpoint);
  writeFileSync(`${at.checkpoint}${ending}`, compress(readFileSync(FIXTURE)));
  const file = await openFixture(at);
  await file.save(file.snapshot);
  expect(readFileSync(at.checkpoint, "utf8")).toBe(readFileSync(FIXTURE, "utf8").trimEnd());
  expect(existsSync(`${at.checkpoint}${ending}`)).toBe(false);
  expect((await openFixture(at)).snapshot).toEqual(file.snapshot);
});

test("a journal of the Pulumi CLI is refused by name", async () => {
  const at = await withFixture();
  mkdirSync(at.journal, { recursive: true });
  await readCheckpoint(at);
  writeFileSync(join(at.journal, "1.json"), "{}");
  await expect(readCheckpoint(at)).rejects.toThrow(/journal.*pulumi refresh/);
});

test("a stack that is not sound is refused with every reason", async () => {
  const at = await withFixture();
  writeFileSync(at.checkpoint, readFileSync(FIXTURE, "utf8").replaceAll('"parent":"urn:pulumi:dev::expproj::', '"parent":"urn:pulumi:dev::expproj::gone::'));
  await expect(openFixture(at)).rejects.toThrow(/parent[^]*does not exist[^]*parent[^]*does not exist/);
});

test("saves during a write become one write, and each resolves when it is on the disk", async () => {
  const written: number[] = [];
  const gates: (() => void)[] = [];
  const commits = new GroupCommit<number>(async (value) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    written.push(value);
  });
  const begun = async () => {
    while (gates.length === 0) await sleep(1);
  };
  const open = async () => {
    await begun();
    gates.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const first = commits.save(1);
  await begun();
  const saves = [first, ...[2, 3, 4].map((value) => commits.save(value))];
  await open();
  expect(written).toEqual([1]);
  await open();
  await Promise.all(saves);
  expect(written).toEqual([1, 4]);
});

test("what is saved soon after a write that took long shares the next one", async () => {
  const written: number[] = [];
  const commits = new GroupCommit<number>(async (value) => {
    await sleep(200);
    written.push(value);
  });
  await commits.save(1);
  const second = commits.save(2);
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([second, commits.save(3)]);
  expect(written).toEqual([1, 3]);
});

test("a failed write fails its saves, and the next one is tried anew", async () => {
  let full = true;
  const commits = new GroupCommit<string>(() => (full ? Promise.reject(new Error("disk full")) : Promise.resolve()));
  await expect(commits.save("a")).rejects.toThrow("disk full");
  full = false;
  await commits.save("b");
});

test("a run is recorded as the CLI does, newest first", async () => {
  const at = await withFixture();
  const record = { kind: "update", startTime: 1, endTime: 2, message: "", environment: { "exec.kind": "steading" }, config: { "p:a": "1", "p:b": { secure: "v1:x" } }, result: "succeeded" } as const;
  await recordRun(at, { ...record, resourceChanges: { same: 4 } }, {});
  await recordRun(at, { ...record, kind: "destroy", result: "failed" }, { PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true" });
  const names = readdirSync(at.history).sort();
  expect(names.map((name) => name.replace(/\d{19}/, "<time>"))).toEqual(Array(2).fill(["dev-<time>.checkpoint.json", "dev-<time>.history.json"]).flat());
  expect(JSON.parse(readFileSync(join(at.history, names[1] ?? ""), "utf8"))).toEqual({ ...record, version: 0, resourceChanges: { same: 4 } });
  expect(readFileSync(join(at.history, names[0] ?? ""), "utf8")).toBe(readFileSync(FIXTURE, "utf8"));
  expect(readdirSync(at.backups).map((name) => name.replace(/\d{19}/, "<time>"))).toEqual(["dev.<time>.json"]);
  expect((await readHistory(at)).map(({ kind, result }) => [kind, result])).toEqual([["destroy", "failed"], ["update", "succeeded"]]);
});

test("a removed stack leaves .bak and backups", async () => {
  const at = await withFixture();
  await recordRun(at, { kind: "destroy", startTime: 1, endTime: 2, message: "", environment: {}, config: {}, result: "succeeded" }, {});
  await removeStack(at);
  expect(readdirSync(dirname(at.checkpoint))).toEqual(["dev.json.bak"]);
  expect(existsSync(at.history)).toBe(false);
  expect(readdirSync(at.backups)).toHaveLength(1);
});

test("a lock keeps others out and names its holder; given back, it lets them in", async () => {
  const at = await place();
  const lock = await lockStack(at.locks, at.name);
  expect(JSON.parse(readFileSync(lock.file, "utf8"))).toMatchObject({ pid: process.pid, hostname: hostname() });
  expect(readdirSync(dirname(at.locks))).toEqual(["dev"]);
  await expect(lockStack(at.locks, at.name)).rejects.toThrow(new RegExp(`${at.name}.*pid ${String(process.pid)}`));
  await lock.release();
  await (await lockStack(at.locks, at.name)).release();
  expect(readdirSync(at.locks)).toEqual([]);
});

test("a lock of the Pulumi CLI on another machine is minded, cancel removes it", async () => {
  const at = await place();
  mkdirSync(at.locks, { recursive: true });
  const content = { pid: 1, username: "ann", hostname: "elsewhere", timestamp: "2026-11-21T08:00:00Z" };
  writeFileSync(join(at.locks, "a.json"), JSON.stringify(content));
  writeFileSync(join(at.locks, "a.json.attrs"), "{}");
  await expect(lockStack(at.locks, at.name)).rejects.toThrow(/ann@elsewhere \(pid 1\) since 2026-11-21T08:00:00Z/);
  expect(await cancelLocks(at.locks)).toEqual([expect.stringContaining("ann@elsewhere")]);
  await (await lockStack(at.locks, at.name)).release();
});

test("a lock that cannot be read still counts; an empty one is what a machine left that stopped", async () => {
  const at = await place();
  mkdirSync(at.locks, { recursive: true });
  writeFileSync(join(at.locks, "a.json"), "");
  await (await lockStack(at.locks, at.name)).release();
  expect(readdirSync(at.locks)).toEqual([]);
  writeFileSync(join(at.locks, "a.json"), "{");
  await expect(lockStack(at.locks, at.name)).rejects.toThrow(/unreadable lock/);
});

/** As the lock of this process says it, but for what is changed. */
const cliLock = { namespace: undefined, machine: undefined, boot: undefined, started: undefined };
test.each<[string, { readonly [field: string]: unknown }, boolean]>([
  ["this process", {}, true],
  ["this process, by the Pulumi CLI", cliLock, true],
  ["a process of that number on another machine of this name", { machine: "0".repeat(32), boot: "other", started: "1" }, true],
  ["a process in another container", { namespace: "pid:[1]" }, true],
  ["an earlier process of this number", { started: "1" }, false],
  ["a process before the machine was started anew, whose number is taken", { boot: "other" }, false],
  ["one that has ended, by the Pulumi CLI", { ...cliLock, pid: 2 ** 22 + 1 }, false],
  ["one that has ended, by the Pulumi CLI on another machine", { ...cliLock, pid: 2 ** 22 + 1, hostname: "elsewhere" }, true],
])("the lock of %s counts or not", async (_, changed, counts) => {
  const at = await place();
  const { file } = await lockStack(at.locks, at.name);
  const own: unknown = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...(own as object), ...changed }));
  const next = lockStack(at.locks, at.name);
  await (counts ? expect(next).rejects.toThrow(/locked by/) : next.then(({ release }) => release()));
  expect(readdirSync(at.locks)).toHaveLength(counts ? 1 : 0);
});

test("the lock of a process that was killed does not stay", async () => {
  const at = await place();
  const dead = child(`import { lockStack } from "#engine/lock.ts"; await lockStack(process.argv[1], "x"); process.kill(process.pid, "SIGKILL");`, at.locks);
  await outputOf(dead);
  expect(readdirSync(at.locks)).toHaveLength(1);
  const lock = await lockStack(at.locks, at.name);
  expect(readdirSync(at.locks)).toHaveLength(1);
  await lock.release();
});

test("of processes that start at once, exactly one gets the lock, and the others hear who", async () => {
  const at = await place();
  // Whoever has it keeps it until the other has said what came of it, however late that was.
  const code = `
    import { existsSync } from "node:fs";
    import { lockStack } from "#engine/lock.ts";
    const [locks, start, end] = process.argv.slice(1);
    while (Date.now() < Number(start)) {}
    try { await lockStack(locks, "x"); console.log("got"); }
    catch (error) { console.log(error.message); }
    while (!existsSync(end)) await new Promise((done) => setTimeout(done, 20));
    process.kill(process.pid, "SIGKILL");`;
  for (let round = 0; round < 4; round++) {
    const start = String(Date.now() + 600);
    const end = `${at.locks}-end-${String(round)}`;
    const children = [1, 2].map(() => child(code, at.locks, start, end));
    const ended = Promise.all(children.map(outputOf));
    await Promise.all(children.map(({ stdout }) => once(stdout, "data")));
    writeFileSync(end, "");
    const outputs = await ended;
    expect(outputs.filter((text) => text === "got\n")).toHaveLength(1);
    expect(outputs.filter((text) => /locked by .* \(pid \d+\)/.test(text))).toHaveLength(1);
  }
});

test("a writer that is killed at any moment leaves a whole file", async () => {
  const at = await place();
  const code = `
    import { openBackend, placeOf } from "#engine/backend.ts";
    import { emptySnapshot } from "#engine/snapshot.ts";
    import { openStackFile, readCheckpoint } from "#engine/stack-file.ts";
    const at = placeOf(await openBackend(process.argv[1], true), "expproj", "dev");
    const file = openStackFile(at, await readCheckpoint(at), {});
    const filler = "x".repeat(300000);
    for (let count = 0; ; count++) {
      await file.save({ ...emptySnapshot(), metadata: { count, filler } });
      if (count === 0) console.log("writing");
    }`;
  let read = 0;
  for (let round = 0; round < 12; round++) {
    const writer = child(code, root);
    await once(writer.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    writer.kill("SIGKILL");
    await once(writer, "close");
    const { snapshot } = openStackFile(at, await readCheckpoint(at), {});
    expect(snapshot?.metadata["filler"]).toHaveLength(300_000);
    if (existsSync(`${at.checkpoint}.bak`)) {
      expect(() => JSON.parse(readFileSync(`${at.checkpoint}.bak`, "utf8")) as unknown).not.toThrow();
      read++;
    }
  }
  expect(read).toBeGreaterThan(0);
  await removeLeftovers(`${at.checkpoint}.`);
  expect(readdirSync(dirname(at.checkpoint)).sort()).toEqual(["dev.json", "dev.json.bak"]);
});
