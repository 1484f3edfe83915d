import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "#model/fault.ts";
import { canonical, hasUnknown, isObject, reveal, secret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { DiffResponse, Postponed, ProviderEvent, ResourceProvider } from "#provider/contract.ts";

/** An error of the provider that says all in its message. */
class Failed extends Error {
  override readonly name = "Failed";
}

class InitFailed extends Error {
  override readonly name = "InitFailed";
  readonly id: string;
  readonly properties: JsonObject;
  readonly reasons: readonly string[];
  constructor(id: string, properties: JsonObject, reasons: readonly string[]) {
    super(reasons.join("\n"));
    this.id = id;
    this.properties = properties;
    this.reasons = reasons;
  }
}

/** The world that the provider `exp` works on: boxes by id, and what was asked of the provider, in order. */
export interface ExpWorld {
  readonly boxes: Map<string, JsonObject>;
  /** `create a`, `update a`, `delete a`, `read a`, `diff a`, `check a`, `configure {…}`, `close`. */
  readonly calls: string[];
  /** Machines that do not answer, and what is done instead. */
  readonly silent: Map<string, Postponed>;
  /** Each box gets an id of its own, and `create` finds by its name what a killed run made. */
  unique?: boolean;
  /** No box does anything badly, whatever it is asked. */
  spared?: boolean;
  /** Ids of boxes that a killed run made, by name. */
  readonly orphans?: Map<string, string>;
  /** Ids of boxes that went with another one. */
  readonly along?: Set<string>;
  /** The greatest number of creates, updates and deletes that ran at once. */
  atOnce: number;
}

export const expWorld = (): ExpWorld => ({ boxes: new Map(), calls: [], silent: new Map(), atOnce: 0 });

/** The calls that change something. */
export const writes = ({ calls }: ExpWorld): readonly string[] => calls.filter((call) => /^(create|update|delete) /.test(call));

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const name = (inputs: JsonObject): string => text(reveal(inputs["name"] ?? ""));

function diffBox(olds: JsonObject, news: JsonObject): DiffResponse {
  const same = (key: string): boolean => canonical(reveal(olds[key] ?? null)) === canonical(reveal(news[key] ?? null));
  const diffs = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !same(key));
  const replaces: readonly string[] = diffs.filter((key) => key === "name" || key === "forceNew");
  const kind = (key: string): "update" | "update-replace" => (replaces.includes(key) ? "update-replace" : "update");
  return {
    changes: diffs.length === 0 ? "none" : "some",
    detailedDiff: Object.fromEntries(diffs.map((key) => [key, { kind: kind(key), inputDiff: true }])),
    diffs,
    replaces,
    deleteBeforeReplace: news["deleteFirst"] === true,
  };
}

/**
 * A provider for tests, `exp`, with one resource, `exp:index:Box`: it gives a box the size `default-size`, counts its
 * generations, and can be asked to be slow, to fail, or to come out half done.
 */
export function expProvider(world: ExpWorld, report: (event: ProviderEvent) => void = () => undefined): ResourceProvider {
  let running = 0;
  /** What a box is asked to do badly: `fail: "create"` and the like. */
  const trouble = (inputs: JsonObject, verb: string): boolean => inputs["fail"] === verb && world.spared !== true;
  const work = async <T>(call: string, inputs: JsonObject, act: () => T): Promise<T> => {
    world.calls.push(call);
    world.atOnce = Math.max(world.atOnce, ++running);
    try {
      await sleep(typeof inputs["delayMs"] === "number" ? inputs["delayMs"] : 0);
      return act();
    } finally {
      running -= 1;
    }
  };
  const remove = (id: string): void => {
    world.boxes.delete(id);
    for (const [other, { inside }] of world.boxes) {
      if (reveal(inside ?? "") !== id) continue;
      world.along?.add(other);
      remove(other);
    }
  };
  const silence = (inputs: JsonObject): Postponed | undefined => world.silent.get(text(inputs["place"]));
  const outputs = (inputs: JsonObject, gen: Json): JsonObject => ({ ...inputs, created: true, gen });
  return {
    configure: async (config) => void world.calls.push(`configure ${canonical(config)}`),
    async check({ news }) {
      const failures = typeof news["size"] === "number" ? [{ property: "size", reason: "must be a text" }] : [];
      return { inputs: { size: "default-size", ...news }, failures };
    },
    async diff({ id, oldInputs, news, urn }) {
      world.calls.push(`diff ${id}`);
      report({ event: "message", severity: "debug", urn, text: `diff of ${id}` });
      if (trouble(news, "diff")) throw new Failed(`cannot compare ${id}`);
      if (trouble(news, "fault")) throw new Fault("host.locked", { host: "h", hostState: "untouched", detail: { holder: "x" }, message: `cannot compare ${id}` });
      return silence(news) === undefined ? diffBox(oldInputs, news) : { ...diffBox(oldInputs, news), changes: "some" };
    },
    async create({ inputs, preview }) {
      if (preview) return { id: "", properties: outputs(inputs, UNKNOWN) };
      const postponed = silence(inputs);
      if (postponed !== undefined) return { id: `id-${name(inputs)}`, properties: { ...inputs, created: false }, postponed };
      return work(`create ${name(inputs)}`, inputs, () => {
        const orphan = world.orphans?.get(name(inputs));
        const id = world.unique === true ? (orphan ?? `id-${name(inputs)}-${String(world.calls.length)}`) : `id-${name(inputs)}`;
        if (trouble(inputs, "create")) throw new Failed(`cannot make ${name(inputs)}`);
        const made = outputs(inputs, 1);
        world.boxes.set(id, made);
        if (trouble(inputs, "init")) throw new InitFailed(id, made, [`${name(inputs)} does not start`]);
        return { id, properties: made };
      });
    },
    async update({ id, olds, news, preview }) {
      const gen = Number(reveal(olds["gen"] ?? 0)) + 1;
      if (preview) return { properties: outputs(news, gen) };
      const postponed = silence(news);
      if (postponed !== undefined) return { properties: olds, postponed };
      return work(`update ${id.slice(3)}`, news, () => {
        if (trouble(news, "update")) throw new Failed(`cannot change ${id}`);
        world.boxes.set(id, outputs(news, gen));
        return { properties: outputs(news, gen) };
      });
    },
    async read({ id }) {
      world.calls.push(`read ${id.slice(3)}`);
      const found = world.boxes.get(id);
      if (found === undefined) return { id: "", inputs: {}, properties: {} };
      const { created: _, gen: __, ...rest } = found;
      return { id, inputs: rest, properties: found };
    },
    placeOf: (_, inputs) => (typeof inputs["place"] === "string" && !hasUnknown(inputs) ? inputs["place"] : undefined),
    async delete({ id, oldInputs, preview }) {
      if (preview === true) return undefined;
      const postponed = silence(oldInputs);
      if (postponed !== undefined) return postponed;
      return work(`delete ${id.slice(3)}`, oldInputs, () => {
        if (trouble(oldInputs, "delete")) throw new Failed(`cannot remove ${id}`);
        remove(id === "" ? (world.orphans?.get(name(oldInputs)) ?? "-") : id);
        return undefined;
      });
    },
    async invoke(token, args) {
      world.calls.push(`invoke ${token}`);
      if (hasUnknown(args)) throw new Error("asked with unknown arguments");
      if (token === "exp:index:refuse") return { result: {}, failures: [{ property: "name", reason: "is not liked" }] };
      return { result: { greeting: `hello ${text(isObject(args) ? args["name"] : "")}`, hidden: secret("psst") }, failures: [] };
    },
    cancel: async () => void world.calls.push("cancel"),
    close: async () => void world.calls.push("close"),
  };
}
