import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "#model/value.ts";
import { objectOf, parsedObject } from "#terraform/json.ts";
import type { TofuRun } from "#terraform/run.ts";
import { parseState } from "#terraform/state.ts";

/** What finding something again takes. */
export interface RecoveryTools {
  /** The folder of the configuration, which is the new one: it may have what the one before lacks. */
  readonly configuration: string;
  readonly pull: () => Promise<string>;
  readonly push: (state: string) => Promise<unknown>;
  /** Runs a command that may fail. */
  readonly attempt: (argv: readonly string[]) => Promise<TofuRun>;
  readonly say: (text: string) => void;
}

/** A block for a resource that the configuration has no more: what is imported into it is planned to go. Undefined for none that can be made up. */
function emptyBlock(address: string, configuration: JsonObject): JsonObject | undefined {
  const [, type = "", name = "", key] = /^([^.[]+)\.([^.[]+)(?:\[(.+)\])?$/.exec(address) ?? [];
  if (type === "" || objectOf(objectOf(configuration["resource"])[type])[name] !== undefined) return undefined;
  const of = key === undefined ? {} : key.startsWith('"') ? { for_each: `\${toset([${key}])}` } : { count: Number(key) + 1 };
  return { resource: { [type]: { [name]: of } } };
}

/** Imports one, also where the configuration has it no more. */
async function importOne(address: string, id: string, { configuration, attempt }: RecoveryTools): Promise<TofuRun> {
  const block = emptyBlock(address, parsedObject(await readFile(join(configuration, "cdk.tf.json"), "utf8")) ?? {});
  const file = join(configuration, "steading-found.tf.json");
  if (block !== undefined) await writeFile(file, JSON.stringify(block), { mode: 0o600 });
  try {
    return await attempt(["import", "-input=false", "-no-color", "-lock-timeout=600s", address, id]);
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Finds again what a killed run made and the state lacks: OpenTofu writes its state every 20 seconds only. Returns what it cannot find.
 *
 * @param made - ids by address
 */
export async function findAgain(made: ReadonlyMap<string, string>, tools: RecoveryTools): Promise<ReadonlyMap<string, string>> {
  const { pull, push, attempt, say } = tools;
  const missing = new Map<string, string>();
  const known: { readonly [address: string]: string } = made.size === 0 ? {} : (parseState(await pull())?.resources ?? {});
  for (const [address, id] of made) {
    const former = known[address];
    if (former === id) continue;
    const before = former === undefined ? "" : await pull();
    // It was made anew, and the state has the one before.
    if (before !== "") await attempt(["state", "rm", address]);
    const { exitCode, said } = await importOne(address, id, tools);
    if (exitCode === 0) {
      say(`${address} was made by a run that was killed; it is found again as ${id}${former === undefined ? "" : `. Before it was ${former}`}`);
      continue;
    }
    if (before !== "") await push(before);
    missing.set(address, id);
    say(`${address} was made by a run that was killed, as ${id}, and cannot be found again: take it away by hand. ${said}`);
  }
  return missing;
}
