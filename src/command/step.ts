import { hasSecret, isObject, reveal, secret, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { mask, secretTexts } from "#model/mask.ts";
import type { ProviderEvent } from "#provider/contract.ts";
import { Failed } from "#provider/failed.ts";
import { isToken, textAt } from "#command/inputs.ts";
import type { Token } from "#command/inputs.ts";
import { runLocally } from "#command/local.ts";
import type { Log, Said } from "#command/outcome.ts";
import { copyThere, runRemotely, sourceOf } from "#command/remote.ts";

/** Runs a command; `inputs` are open. */
type Run = (command: string, inputs: JsonObject, last: Said, log: Log, signal: AbortSignal) => Promise<JsonObject>;

const runs: Partial<Record<Token, Run>> = { "command:local:Command": runLocally, "command:remote:Command": runRemotely };

/** Inputs or outputs with their secrets open. */
export const opened = (inputs: JsonObject): JsonObject => {
  const open = reveal(inputs);
  return isObject(open) ? open : {};
};

/** The name of a resource of the package. Throws `Failed` for others. */
export const tokenOf = (type: string): Token => {
  if (!isToken(type)) throw new Failed(`@pulumi/command has no ${type}`);
  return type;
};

const saidIn = (outputs: JsonObject): Said => ({ stdout: textAt(opened(outputs), "stdout") ?? "", stderr: textAt(opened(outputs), "stderr") ?? "" });

/** What a command says is secret as soon as one of its inputs is; of its connection, which always is, a command sees nothing. */
export function wrapped({ connection: _, ...inputs }: JsonObject, outputs: JsonObject): JsonObject {
  return hasSecret(inputs) ? Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, secret(value)])) : outputs;
}

/** What nobody may read. Of a connection, which is secret as a whole, only what opens the door: its address belongs in messages. */
function secretsIn(inputs: JsonObject): ReadonlySet<string> {
  const { connection, ...others } = inputs;
  const doors = [opened({ connection: connection ?? null })["connection"]].flatMap((door) => (isObject(door) ? [door, ...(isObject(door["proxy"]) ? [door["proxy"]] : [])] : []));
  const keys = doors.flatMap((door) => ["password", "privateKey", "privateKeyPassword"].flatMap((name) => (door[name] === undefined ? [] : [secret(door[name])])));
  return secretTexts([others, ...keys]);
}

/** True for a resource that runs commands; the others copy. */
export const runsCommands = (type: string): boolean => runs[tokenOf(type)] !== undefined;

/** What is known of the outputs before anything ran. */
export const foreseen = (type: string, inputs: JsonObject): JsonObject => (runsCommands(type) ? { ...inputs, ...wrapped(inputs, { stdout: UNKNOWN, stderr: UNKNOWN }) } : inputs);

/** Tells each line of a command, secrets masked. */
export function logTo(report: (event: ProviderEvent) => void, urn: string, inputs: JsonObject): Log {
  const secrets = secretsIn(inputs);
  return (line) => { report({ event: "message", severity: "info", urn, text: mask(line, secrets) }); };
}

/** Waits for work whose errors people see: secrets are masked in them. Throws `Failed`. */
export async function guarded<T>(inputs: JsonObject, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error) throw new Failed(mask(error.message, secretsIn(inputs)), { cause: error });
    throw error;
  }
}

/** Runs the command that a step of a resource's life means, or copies. Returns the outputs after it; `outputs` are those before. */
export async function carryOut(type: string, command: string | undefined, inputs: JsonObject, outputs: JsonObject, log: Log, signal: AbortSignal): Promise<JsonObject> {
  const task = runs[tokenOf(type)];
  const open = opened(inputs);
  if (task === undefined) {
    await guarded(inputs, (async () => { await copyThere(sourceOf(open["source"] ?? open["localPath"]), open, signal); })());
    return inputs;
  }
  const said = saidIn(outputs);
  return { ...inputs, ...wrapped(inputs, command === undefined ? { ...said } : await guarded(inputs, task(command, open, said, log, signal))) };
}
