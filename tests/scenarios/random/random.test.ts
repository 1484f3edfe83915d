import { execaSync } from "execa";
import fc from "fast-check";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFault } from "#model/fault.ts";
import type { Fault } from "#model/fault.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { InitFailed, ResourceProvider } from "#provider/contract.ts";
import { makeProvider } from "#provider/provider.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, rounds, soak, tried } from "../../support/soak.ts";
import { smallTree } from "../../support/small-tree.ts";
import { treeObstacle } from "../../support/tree.ts";

type Items = JsonObject;
const LAYERS = ["a", "b"] as const;
type Layer = (typeof LAYERS)[number];
/** What a program declares: items of each layer that it has. */
type Program = { readonly [L in Layer]?: Items };

/** What happens while the program is applied. */
type Mishap = "nothing" | "a step fails" | "the shell is killed" | "the disk fills up" | "a file is changed by hand" | "a directory is in the way";

const mark = (name: string): JsonObject => ({ probe: ["test", "-e", `/srv/${name}`], apply: ["touch", `/srv/${name}`], undo: ["rm", "-f", `/srv/${name}`], risk: "none" });

/** Items that can be in a layer, each with the forms that it can have. Names differ between layers where their wants would contradict. */
const pool = (layer: Layer): readonly (readonly [kind: string, name: string, wants: readonly JsonObject[]])[] => [
  ["file", "issue", layer === "a" ? [{ path: "/etc/issue", content: "one\n" }, { path: "/etc/issue", content: "two\n", mode: "0600" }] : [{ path: "/etc/issue.net", content: "net\n" }]],
  ["file", "shared", [{ path: "/etc/shared", content: "of both\n" }]],
  ["file", "deep", [{ path: `/srv/${layer}/deep`, content: "deep\n".repeat(2000) }, { path: `/srv/${layer}/deep`, content: "" }]],
  ["directory", "folder", [{ path: `/srv/${layer}` }, { path: `/srv/${layer}`, mode: "0700" }]],
  ["symlink", "link", [{ path: `/etc/link-${layer}`, target: "/etc/issue" }, { path: `/etc/link-${layer}`, target: "/nowhere" }]],
  ["command", "mark", [mark(`mark-${layer}`)]],
  ["group", "crew", [{ name: `crew${layer}` }, { name: `crew${layer}`, gid: 2000 + LAYERS.indexOf(layer) }]],
];

const itemsOf = (layer: Layer): fc.Arbitrary<Items> =>
  fc.subarray([...pool(layer)]).chain((chosen) =>
    fc.tuple(...chosen.map(([kind, name, wants]) => fc.constantFrom(...wants).map((want) => [kind, name, want] as const))).map((all) => {
      const items: Record<string, Record<string, Json>> = {};
      for (const [kind, name, want] of all) (items[kind] ??= {})[name] = want;
      // A file below a directory that nobody declares has no place.
      const { deep, ...files } = items["file"] ?? {};
      if (deep !== undefined && items["directory"] === undefined) items["file"] = files;
      return items;
    }),
  );

const program: fc.Arbitrary<Program> = fc.record({ a: itemsOf("a"), b: itemsOf("b") }, { requiredKeys: [] });
const mishap = fc.constantFrom<Mishap>("nothing", "a step fails", "the shell is killed", "the disk fills up", "a file is changed by hand", "a directory is in the way");

const bombs: { readonly [M in Mishap]?: readonly string[] } = {
  "a step fails": ["false"],
  "the shell is killed": ["sh", "-c", "kill -9 $PPID"],
  "the disk fills up": ["sh", "-c", "cat /dev/zero >/var/filler; false"],
};

/** The program with an item that brings the mishap about, before or after what it needs. */
function withMishap(wanted: Program, what: Mishap, last: boolean): Program {
  const apply = bombs[what];
  if (apply === undefined) return wanted;
  const needs = last && wanted.a?.["file"] !== undefined ? ["path:/etc/shared", "path:/etc/issue", "path:/srv/a/deep"] : [];
  const bomb = { probe: ["false"], apply, undo: ["true"], risk: "none", needs };
  return { ...wanted, a: { ...wanted.a, command: { ...(wanted.a?.["command"] as JsonObject | undefined), bomb } } };
}

/** A tree, its provider, and what an engine would keep of it. */
class World {
  readonly tree = smallTree();
  readonly host = { via: "tree", root: this.tree.root };
  readonly state = new Map<Layer, { id: string; inputs: JsonObject; outputs: JsonObject }>();

  constructor() {
    writeFileSync(join(this.tree.root, "etc/issue"), "Debian\n");
    writeFileSync(join(this.tree.root, "etc/shared"), "before\n", { mode: 0o640 });
  }

  /** Everything below /etc and /srv. A group that comes back does so at the end of its file. */
  readonly digest = (): string =>
    execaSync("sh", ["-c", "find etc srv -exec stat -c '%n %a %u:%g %F' {} + ; find etc srv -type f ! -name '*-' ! -name group -exec sha256sum {} + ; sort etc/group; find etc srv -type l -exec stat -c '%n %N' {} +"], { cwd: this.tree.root }).stdout.split("\n").filter((line) => !/etc\/(group|gshadow|passwd|shadow)-? /.test(line)).sort().join("\n");

  readonly ledger = (): readonly { layer: string; kind: string; name: string }[] => {
    const path = join(this.tree.root, "var/lib/steading/ledger");
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { entries: readonly { layer: string; kind: string; name: string }[] }).entries : [];
  };

  /** One run, as an engine makes it: creates and updates, then deletes. The first failure ends it. */
  async up(wanted: Program): Promise<Fault | undefined> {
    const provider = makeProvider({ project: "random", stack: "random", report: () => undefined });
    await provider.configure({});
    try {
      for (const layer of LAYERS) {
        const items = wanted[layer];
        if (items !== undefined) await this.#put(provider, layer, items);
      }
      for (const layer of LAYERS) if (wanted[layer] === undefined) await this.#remove(provider, layer);
      return undefined;
    } catch (error) {
      const fault = causeOf(error);
      if (fault === undefined) throw error;
      return fault;
    } finally {
      await provider.close();
    }
  }

  async #put(provider: ResourceProvider, layer: Layer, items: Items): Promise<void> {
    const about = { urn: `urn:${layer}`, type: "steading:host:Layer", name: layer };
    const old = this.state.get(layer);
    const { inputs, failures } = await provider.check({ ...about, ...(old === undefined ? {} : { olds: old.inputs }), news: { host: this.host, layer, items } });
    expect(failures).toEqual([]);
    try {
      if (old === undefined) {
        const made = await provider.create({ ...about, inputs, preview: false, timeoutSeconds: 0 });
        this.state.set(layer, { id: made.id, inputs, outputs: made.properties });
        return;
      }
      const diff = await provider.diff({ ...about, id: old.id, oldInputs: old.inputs, olds: old.outputs, news: inputs, ignoreChanges: [] });
      if (diff.changes === "none") return;
      const made = await provider.update({ ...about, id: old.id, oldInputs: old.inputs, olds: old.outputs, news: inputs, preview: false, timeoutSeconds: 0, ignoreChanges: [] });
      this.state.set(layer, { id: old.id, inputs, outputs: made.properties });
    } catch (error) {
      if (isInitFailed(error)) this.state.set(layer, { id: error.id, inputs, outputs: error.properties });
      throw error;
    }
  }

  async #remove(provider: ResourceProvider, layer: Layer): Promise<void> {
    const old = this.state.get(layer);
    if (old === undefined) return;
    await provider.delete({ urn: `urn:${layer}`, type: "steading:host:Layer", name: layer, id: old.id, oldInputs: old.inputs, olds: old.outputs, timeoutSeconds: 0 });
    this.state.delete(layer);
  }
}

const isInitFailed = (error: unknown): error is InitFailed => error instanceof Error && error.name === "InitFailed";

/** The fault that an error comes from. */
function causeOf(error: unknown): Fault | undefined {
  if (isFault(error)) return error;
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : undefined;
}

/** `layer kind name` of everything that a program declares. */
const namesOf = (wanted: Program): readonly string[] =>
  LAYERS.flatMap((layer) => Object.entries(wanted[layer] ?? {}).flatMap(([kind, items]) => (isObject(items) ? Object.keys(items) : []).map((name) => `${layer} ${kind} ${name}`))).sort();

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("random programs, random mishaps", () => {
  test("ledger, state and host say the same, or a fault says what is so", async () => {
    await fc.assert(
      fc.asyncProperty(program, program, mishap, fc.boolean(), async (first, second, what, last) => {
        tried("random programs");
        const world = new World();
        const at = (path: string) => join(world.tree.root, path);
        try {
          const untouched = world.digest();
          expect(await world.up(first)).toBeUndefined();
          if (what === "a file is changed by hand") writeFileSync(at("etc/shared"), "by hand\n");
          if (what === "a directory is in the way" && second.a !== undefined && lstatSync(at("etc/link-a"), { throwIfNoEntry: false }) === undefined) mkdirSync(at("etc/link-a/full"), { recursive: true });
          const before = { ledger: JSON.stringify(world.ledger()), digest: world.digest() };
          const fault = await world.up(withMishap(second, what, last));
          rmSync(at("var/filler"), { force: true });
          if (fault !== undefined) {
            expect(["command.failed", "host.unreachable", "apply.unconverged", "host.unwritable"]).toContain(fault.code);
            // The layer that failed is as it was; the other one may be done already.
            expect(["reverted", "untouched"]).toContain(fault.hostState);
            if (what !== "a directory is in the way") expect([JSON.stringify(world.ledger()), world.digest()]).toEqual([before.ledger, before.digest]);
          }
          // Whatever happened, the next run gets there, and then there is nothing to do.
          rmSync(at("etc/link-a/full"), { recursive: true, force: true });
          if (what === "a directory is in the way" && existsSync(at("etc/link-a/"))) rmSync(at("etc/link-a"), { recursive: true, force: true });
          expect(await world.up(second)).toBeUndefined();
          expect(world.ledger().map(({ layer, kind, name }) => `${layer} ${kind} ${name}`).sort()).toEqual(namesOf(second));
          expect([...world.state.keys()].sort()).toEqual(Object.keys(second).sort());
          const settled = world.digest();
          expect(await world.up(second)).toBeUndefined();
          expect(world.digest()).toBe(settled);
          expect(await world.up({})).toBeUndefined();
          expect(existsSync(at("var/lib/steading"))).toBe(false);
          if (what !== "a file is changed by hand" && what !== "a directory is in the way") expect(world.digest()).toBe(untouched);
          held("random programs");
        } finally {
          world.tree.remove();
        }
      }),
      { numRuns: rounds(10, 400), endOnFailure: true, ...(soak ? {} : { seed: 1 }) },
    );
  }, 3_600_000);
});
