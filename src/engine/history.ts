import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { JsonObject } from "#model/value.ts";
import type { StackPlace } from "#engine/backend.ts";
import { inOnePiece, orUnwritable, unlessMissing } from "#engine/durable-write.ts";
import { given, parseJson, JsonFields } from "#engine/json-fields.ts";

/** One run, as `pulumi stack history` lists it (pulumi pkg/backend, UpdateInfo). */
export interface HistoryRecord {
  readonly kind: "update" | "refresh" | "destroy" | "import";
  /** Seconds since 1970. */
  readonly startTime: number;
  /** Seconds since 1970. */
  readonly endTime: number;
  readonly message: string;
  /** What ran it, for example `{"exec.kind": "steading"}`. */
  readonly environment: { readonly [key: string]: string };
  /** The stack's configuration, secrets as `{"secure": ciphertext}`. */
  readonly config: JsonObject;
  readonly result: "succeeded" | "failed";
  /** Number of resources by what happened to them: `create`, `update`, `delete`, `same` … */
  readonly resourceChanges?: { readonly [operation: string]: number };
}

let last = 0n;

/** Nanoseconds since 1970, larger each time. */
function nanoseconds(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n;
  last = now > last ? now : last + 1n;
  return last;
}

const OWNER_ONLY = { mode: 0o600 };

/**
 * Adds a run to the history, with a copy of the checkpoint as it is now, and another copy to the backups. Hold the lock. Throws
 * `Issues` when it cannot be written.
 */
export async function recordRun(place: StackPlace, record: HistoryRecord, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const { kind, startTime, message, environment, config, result, endTime, resourceChanges } = record;
  const time = String(nanoseconds());
  const prefix = join(place.history, `${place.stack}-${time}`);
  const json = { kind, startTime, message, environment, config, version: 0, result, endTime, resourceChanges };
  const keepCopy = async (path: string): Promise<void> => {
    await unlessMissing(inOnePiece(path, (temporary) => copyFile(place.checkpoint, temporary)));
  };
  const writeRecord = async (): Promise<void> => {
    await mkdir(place.history, { recursive: true });
    await inOnePiece(`${prefix}.history.json`, (temporary) => writeFile(temporary, JSON.stringify(json), OWNER_ONLY));
    await keepCopy(`${prefix}.checkpoint.json`);
  };
  const writeBackup = async (): Promise<void> => {
    if (/^(1|true)$/i.test(env["PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS"] ?? "")) return;
    await mkdir(place.backups, { recursive: true });
    await keepCopy(join(place.backups, `${place.stack}.${time}.json`));
  };
  await orUnwritable(place.history, Promise.all([writeRecord(), writeBackup()]));
}

const KINDS: readonly HistoryRecord["kind"][] = ["update", "refresh", "destroy", "import"];

function readRecord(text: string, at: string): readonly HistoryRecord[] {
  const fields = new JsonFields(parseJson(text), at, "");
  const kind = KINDS.find((one) => one === fields.text("kind"));
  if (kind === undefined) return [];
  const numbers = (key: string): { [operation: string]: number } | undefined => {
    const object = fields.object(key);
    if (object === undefined) return undefined;
    const counts = new JsonFields(object, at, key);
    return Object.fromEntries(Object.keys(object).map((name) => [name, counts.number(name) ?? 0]));
  };
  const environment = fields.object("environment") ?? {};
  return [
    {
      kind,
      startTime: fields.number("startTime") ?? 0,
      endTime: fields.number("endTime") ?? 0,
      message: fields.text("message") ?? "",
      environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, typeof value === "string" ? value : ""])),
      config: fields.object("config") ?? {},
      result: fields.text("result") === "succeeded" ? "succeeded" : "failed",
      ...given({ resourceChanges: numbers("resourceChanges") }),
    },
  ];
}

/** The runs of a stack, newest first. Records of a kind that is not known are left out. */
export async function readHistory(place: StackPlace): Promise<readonly HistoryRecord[]> {
  const names = (await unlessMissing(readdir(place.history))) ?? [];
  const files = names.filter((name) => name.endsWith(".history.json")).sort().reverse();
  const records = await Promise.all(files.map(async (name) => readRecord(await readFile(join(place.history, name), "utf8"), basename(name))));
  return records.flat();
}
