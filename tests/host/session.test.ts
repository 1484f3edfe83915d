import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { openHost } from "#host/session.ts";
import { isFault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";
import { secret } from "#model/value.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";
import { skipUnless } from "../support/skip.ts";

const test = skipUnless(treeObstacle === undefined, treeObstacle ?? "");

const owner = { project: "home", stack: "desk", layer: "base" };
const file = (name: string, want: object): Item => ({ kind: "file", name, want: { path: `/etc/${name}`, ...want } });

let tree: ReturnType<typeof busyboxTree>;
const at = (path: string) => join(tree.root, path);
const text = (path: string) => readFileSync(at(path), "utf8");
beforeEach(() => {
  tree = busyboxTree();
});
afterEach(() => {
  tree.remove();
});
const host = () => openHost({ via: "tree", root: tree.root });
const up = async (want: readonly Item[], old: readonly Item[] = [], by = owner) => {
  const plan = await host().plan(by, want, old);
  await host().apply(plan);
  return plan;
};

test("apply makes files as declared, and a second plan is empty", async () => {
  const items = [file("motd", { content: "it's \\ $(home)\n`x`" }), file("key", { content: "AAEC", encoding: "base64", mode: "0600" })];
  await up(items);
  expect(text("etc/motd")).toBe("it's \\ $(home)\n`x`");
  expect(readFileSync(at("etc/key"))).toEqual(Buffer.from([0, 1, 2]));
  expect(lstatSync(at("etc/key")).mode & 0o777).toBe(0o600);
  expect((await host().plan(owner, items, items)).empty).toBe(true);
});

test("an empty plan writes nothing on the host", async () => {
  const items = [file("motd", { content: "hi" })];
  await up(items);
  const before = lstatSync(at("var/lib/steading/ledger")).mtimeMs;
  await up(items, items);
  expect(lstatSync(at("var/lib/steading/ledger")).mtimeMs).toBe(before);
  expect(existsSync(at("var/lib/steading/lock"))).toBe(false);
});

test("drift is found and repaired, and nothing else is touched", async () => {
  const items = [file("a", { content: "a" }), file("b", { content: "b" })];
  await up(items);
  const untouched = lstatSync(at("etc/b")).ino;
  writeFileSync(at("etc/a"), "tampered");
  const plan = await up(items, items);
  expect(plan.actions.map(({ item, action }) => [item.name, action])).toEqual([["a", "change"], ["b", "none"]]);
  expect(text("etc/a")).toBe("a");
  expect(lstatSync(at("etc/b")).ino).toBe(untouched);
});

test("what is no longer declared returns to its original: bytes, mode, link, absence", async () => {
  writeFileSync(at("etc/old"), "mine\n", { mode: 0o640 });
  symlinkSync("nowhere", at("etc/link"));
  const items = [file("old", { content: "theirs" }), file("link", { content: "file" }), file("fresh", { content: "x" })];
  await up(items);
  await up(items.map(({ want, ...rest }) => ({ ...rest, want: { ...want, content: "second" } })), items);
  await up([], items);
  expect(text("etc/old")).toBe("mine\n");
  expect(lstatSync(at("etc/old")).mode & 0o777).toBe(0o640);
  expect(readlinkSync(at("etc/link"))).toBe("nowhere");
  expect(existsSync(at("etc/fresh"))).toBe(false);
  expect(existsSync(at("var/lib/steading"))).toBe(false);
});

test("a file reached through a directory that is a link stays where it is", async () => {
  mkdirSync(at("etc/real"));
  symlinkSync("real", at("etc/named"));
  await up([{ kind: "file", name: "x", want: { path: "/etc/named/x", content: "x" } }]);
  expect(readlinkSync(at("etc/named"))).toBe("real");
  expect(text("etc/real/x")).toBe("x");
});

test("a step that fails undoes what was done, and says so", async () => {
  writeFileSync(at("etc/a"), "before");
  mkdirSync(at("etc/full"));
  writeFileSync(at("etc/full/x"), "");
  const failing: Item = { kind: "file", name: "full", want: { path: "/etc/full", content: "no file can be here" } };
  const error: unknown = await up([file("a", { content: "after" }), failing]).catch((reason: unknown) => reason);
  expect(isFault(error, "command.failed") && [error.hostState, error.detail.exitCode]).toEqual(["reverted", 1]);
  expect(String(error)).toContain("/etc/full is a directory");
  expect(text("etc/a")).toBe("before");
  expect(existsSync(at("var/lib/steading/lock"))).toBe(false);
});

test("a host that changed after the plan is left alone", async () => {
  const plan = await host().plan(owner, [file("a", { content: "a" })], []);
  writeFileSync(at("etc/a"), "somebody was here");
  const error: unknown = await host().apply(plan).catch((reason: unknown) => reason);
  expect(isFault(error, "plan.stale") && error.hostState).toBe("untouched");
  expect(text("etc/a")).toBe("somebody was here");
});

test("another stack's file is refused with both names", async () => {
  await up([file("a", { content: "a" })]);
  const other = { ...owner, stack: "den" };
  const error: unknown = await up([file("a", { content: "b" })], [], other).catch((reason: unknown) => reason);
  expect(isFault(error, "host.owned")).toBe(true);
  expect(String(error)).toMatch(/layer base of stack home\/desk.*layer base of stack home\/den/);
});

test("a lock that is held is refused with its holder's name; one whose holder is long gone is cleared", async () => {
  mkdirSync(at("var/lib/steading/lock"), { recursive: true });
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  const lease = (seconds: number) => { writeFileSync(at("var/lib/steading/lock/lease"), (Math.floor(Date.now() / 1000) + seconds).toString()); };
  for (const [name, content] of [["holder", "layer x of stack y"], ["id", "abc"], ["boot", boot]] as const) writeFileSync(at(`var/lib/steading/lock/${name}`), content);
  lease(100);
  const error: unknown = await up([file("a", { content: "a" })]).catch((reason: unknown) => reason);
  expect(isFault(error, "host.locked") && error.detail.holder).toBe("layer x of stack y");
  expect(existsSync(at("etc/a"))).toBe(false);
  lease(-1);
  await up([file("a", { content: "a" })]);
  expect(text("etc/a")).toBe("a");
});

test("a file that two layers declare leaves with the last of them", async () => {
  const items = [file("shared", { content: "s" })];
  const second = { ...owner, layer: "extra" };
  await up(items);
  await up(items, [], second);
  await up([], items);
  expect(text("etc/shared")).toBe("s");
  await up([], items, second);
  expect(existsSync(at("etc/shared"))).toBe(false);
});

test("an item that is renamed keeps its original", async () => {
  writeFileSync(at("etc/a"), "original");
  const first = [file("a", { content: "1" })];
  const renamed = [{ ...file("a", { content: "2" }), name: "other" }];
  await up(first);
  await up(renamed, first);
  await up([], renamed);
  expect(text("etc/a")).toBe("original");
});

test("a secret never shows: not in the plan, not in a fault, not in the ledger", async () => {
  const want = [file("token", { content: secret("hunter2-canary") })];
  const plan = await host().plan(owner, want, []);
  expect(JSON.stringify(plan.actions.map(({ steps }) => steps))).toContain("hunter2-canary"); // the steps do carry it
  expect(JSON.stringify(plan.actions.map(({ changes }) => changes))).not.toContain("hunter2-canary");
  await host().apply(plan);
  expect(text("etc/token")).toBe("hunter2-canary");
  rmSync(at("etc/token"));
  expect(text("var/lib/steading/ledger")).not.toContain("hunter2-canary");
});

test("a rebuilt host has no ledger: everything is simply to be done again", async () => {
  const items = [file("a", { content: "a" })];
  await up(items);
  rmSync(at("var/lib/steading"), { recursive: true });
  rmSync(at("etc/a"));
  const plan = await up(items, items);
  expect(plan.actions.map(({ action }) => action)).toEqual(["change"]);
  expect(text("etc/a")).toBe("a");
});

test("what another layer of this process is just doing is not told as interrupted; what a dead one left is", async () => {
  const slow: Item = { kind: "command", name: "slow", want: { probe: ["test", "-e", "/ended"], apply: ["sh", "-c", "echo >/begun; while test ! -e /go; do sleep 0.1; done; echo >/ended"], undo: ["rm", "-f", "/ended"], risk: "none" } };
  const [other, items] = [{ ...owner, layer: "other" }, [file("motd", { content: "hi" })]];
  await up(items);
  const applied = host().apply(await host().plan(other, [slow], []));
  while (!existsSync(at("begun"))) await new Promise((resolve) => setTimeout(resolve, 20));
  const meanwhile = await host().plan(owner, items, items);
  writeFileSync(at("go"), "");
  await applied;
  expect([meanwhile.answers.interrupted, meanwhile.empty]).toEqual([[], true]);

  const holder = `layer x of stack home/desk, by root@${hostname()} (pid 4194304) since 2026-11-26T00:00:00.000Z`;
  mkdirSync(at("var/lib/steading/txn/abc"), { recursive: true });
  writeFileSync(at("var/lib/steading/txn/abc/holder"), holder);
  const left = await host().plan(owner, items, items);
  expect([left.answers.interrupted, left.empty]).toEqual([[holder], false]);
});
