import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { Issues } from "#model/issue.ts";
import { canonical } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import { backendRoot, openBackend, placeOf } from "#engine/backend.ts";
import type { StackPlace } from "#engine/backend.ts";
import type { Checkpoint } from "#engine/checkpoint.ts";
import { readIfThere, removeLeftovers } from "#engine/durable-write.ts";
import { findProject } from "#engine/find-project.ts";
import { lockStack } from "#engine/lock.ts";
import type { Lock } from "#engine/lock.ts";
import { JsonFields } from "#engine/json-fields.ts";
import { blindCrypter, findPassphrase, newCrypter, openCrypter } from "#engine/passphrase.ts";
import type { Crypter } from "#engine/passphrase.ts";
import type { ProgramConfig } from "#engine/program-config.ts";
import type { Project } from "#engine/project.ts";
import type { Snapshot } from "#engine/snapshot.ts";
import type { StackConfig } from "#engine/stack-config.ts";
import { openStackFile, readCheckpoint } from "#engine/stack-file.ts";
import type { ReadStack } from "#engine/stack-reference.ts";
import type { Crypters } from "#engine/state-secrets.ts";

/** Which stack to open, and what for. */
export interface OpenStackOptions {
  /** In or below the project. */
  readonly directory: string;
  /** The stack's name, for example `workstation`. */
  readonly stack: string;
  /** Takes the lock, and makes the backend and the salt where they are missing. A preview does none of it. */
  readonly forChange: boolean;
  /** Told what resources the last state has, secrets closed, before the key is there: deriving it takes a while. */
  readonly foresee?: (resources: readonly Json[]) => void;
  /** @defaultValue `process.env` */
  readonly env?: NodeJS.ProcessEnv;
  /** Values for the configuration, key and value; kept in the stack's file when it is opened for change. @defaultValue none */
  readonly set?: readonly (readonly [key: string, value: string])[];
}

/** A stack: its project, configuration and state. */
export interface OpenStack {
  readonly project: Project;
  readonly place: StackPlace;
  readonly config: ProgramConfig;
  /** Undefined when the stack was never brought up. */
  readonly snapshot: Snapshot | undefined;
  /** SHA-256 in hex of the resources and pending operations that the state holds, secrets closed. */
  readonly stateDigest: string;
  /**
   * A key from the stack's passphrase: that of a salt, or one with a new salt. Throws `Issues` when there is no passphrase, or
   * when it is not the salt's.
   *
   * @param at - what messages name as the place
   */
  readonly newKey: (at: string, salt?: string) => Promise<Crypter>;
  /** The state of another stack of the same backend. Throws `Issues` when it cannot be read. */
  readonly readStack: ReadStack;
  /** Writes a snapshot; see `StackFile.save`. Only when opened for change. */
  readonly save: (snapshot: Snapshot) => Promise<void>;
  /** Gives the lock back, if it was taken. */
  readonly close: () => Promise<void>;
}

/** Deriving a key takes 0.1 s: it begins as soon as a salt can be guessed, while the rest is loaded and read. */
interface EarlyKey {
  readonly passphrase: string | undefined;
  readonly salt: string | undefined;
  readonly crypter: Promise<Crypter> | undefined;
}

const SALT_LINE = /^encryptionsalt:[ \t]*["']?([^\s"']+)/m;

function beginKey(projectDirectory: string, stack: string, env: NodeJS.ProcessEnv): EarlyKey {
  const at = join(projectDirectory, `Pulumi.${stack}.yaml`);
  const passphrase = findPassphrase(env);
  const salt = SALT_LINE.exec(readIfThere(at) ?? "")?.[1];
  if (passphrase === undefined || salt === undefined) return { passphrase, salt, crypter: undefined };
  const crypter = openCrypter(passphrase, salt, at);
  // Whoever needs the key hears of the error then.
  crypter.catch(() => undefined);
  return { passphrase, salt, crypter };
}

/** The crypters for what is in the checkpoint and for what will be written; saves a salt where the stack's file has none. */
async function chooseCrypters(early: EarlyKey, config: StackConfig, checkpoint: Checkpoint, forChange: boolean): Promise<Crypters> {
  const { passphrase } = early;
  if (passphrase === undefined) return {};
  const crypterOf = (salt: string, at: string): Promise<Crypter> =>
    salt === early.salt && early.crypter !== undefined ? early.crypter : openCrypter(passphrase, salt, at);
  const salt = config.salt ?? checkpoint.salt;
  if (salt === undefined && !forChange) return {};
  const seal = salt === undefined ? await newCrypter(passphrase, config.file) : await crypterOf(salt, config.salt === undefined ? checkpoint.at : config.file);
  if (config.salt === undefined && forChange) {
    config.setSalt(seal.salt);
    await config.save();
  }
  return { seal, open: checkpoint.salt === undefined || checkpoint.salt === seal.salt ? seal : await crypterOf(checkpoint.salt, checkpoint.at) };
}

function keyFrom(passphrase: string | undefined): OpenStack["newKey"] {
  return async (at, salt) => {
    if (passphrase !== undefined) return salt === undefined ? newCrypter(passphrase, at) : openCrypter(passphrase, salt, at);
    throw new Issues([{ code: "passphrase.missing", at, path: "", message: "a plan is sealed with the stack's passphrase, and there is none", fix: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" }]);
  };
}

/** Reads other stacks, without a lock: what they gave out last. */
function stackReader(project: Project, env: NodeJS.ProcessEnv, passphrase: string | undefined): ReadStack {
  return async (of, stack) => {
    const root = await backendRoot({ env, projectUrl: project.backendUrl, projectDirectory: project.directory });
    const place = placeOf(await openBackend(root, false), of, stack);
    const checkpoint = await readCheckpoint(place);
    const { salt, at } = checkpoint;
    if (passphrase === undefined || salt === undefined) return { snapshot: openStackFile(place, checkpoint, {}).snapshot, isBlind: false };
    const known = await openCrypter(passphrase, salt, at).catch((error: unknown) => {
      if (error instanceof Issues && error.issues.every(({ code }) => code === "passphrase.wrong")) return undefined;
      throw error;
    });
    return { snapshot: openStackFile(place, checkpoint, { open: known ?? blindCrypter(salt) }).snapshot, isBlind: known === undefined };
  };
}

/** Ciphertexts stay as long as what they hide: equal states have equal digests. */
const stateDigestOf = ({ latest }: Checkpoint): string =>
  createHash("sha256").update(canonical([latest?.["resources"] ?? null, latest?.["pending_operations"] ?? null])).digest("hex");

async function openPlace(project: Project, stack: string, env: NodeJS.ProcessEnv, forChange: boolean): Promise<{ place: StackPlace; lock: Lock | undefined }> {
  const root = await backendRoot({ env, projectUrl: project.backendUrl, projectDirectory: project.directory });
  const place = placeOf(await openBackend(root, forChange), project.name, stack);
  if (!forChange) return { place, lock: undefined };
  const lock = await lockStack(place.locks, place.name);
  const written = [`${place.checkpoint}.`, join(place.history, `${stack}-`), join(place.backups, `${stack}.`), join(project.configDirectory, `Pulumi.${stack}.yaml.`)];
  try {
    await Promise.all(written.map(removeLeftovers));
    return { place, lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Opens a stack. Throws `Issues` for all that the user can mend; then nothing is locked. Close it in the end.
 *
 * The key derivation has begun on another thread when the call returns, before anything is awaited: load the program, and
 * what else is slow, before awaiting the result.
 */
export async function openStack({ directory, foresee, stack, forChange, env = process.env, set = [] }: OpenStackOptions): Promise<OpenStack> {
  const { file, text } = findProject(directory);
  const early = beginKey(dirname(file), stack, env);
  // Parsing YAML needs a library that takes a while to load; the key is derived meanwhile.
  const [{ parseProject }, { StackConfig, stackConfigFile }, { programConfig }] = await Promise.all([
    import("#engine/project.ts"),
    import("#engine/stack-config.ts"),
    import("#engine/program-config.ts"),
  ]);
  const project = parseProject(file, text);
  const { place, lock } = await openPlace(project, stack, env, forChange);
  try {
    const [config, checkpoint] = await Promise.all([StackConfig.load(stackConfigFile(project, stack), project.name), readCheckpoint(place)]);
    for (const [key, value] of set) config.set(key, value);
    if (forChange && set.length > 0) await config.save();
    foresee?.(new JsonFields(checkpoint.latest ?? {}, checkpoint.at, "").list("resources") ?? []);
    const crypters = await chooseCrypters(early, config, checkpoint, forChange);
    const state = openStackFile(place, checkpoint, crypters);
    const save = forChange ? state.save : (): Promise<void> => Promise.reject(new Error("the stack is open for reading"));
    return {
      project,
      place,
      config: programConfig(project, config, crypters.seal),
      snapshot: state.snapshot,
      stateDigest: stateDigestOf(checkpoint),
      newKey: keyFrom(early.passphrase),
      readStack: stackReader(project, env, early.passphrase),
      save,
      close: async () => lock?.release(),
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
