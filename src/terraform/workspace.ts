import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { memoryDirectory } from "#host/memory.ts";
import { isLeft, noteProcess, sweep } from "#host/run-folder.ts";
import { statePath } from "#host/user-places.ts";
import type { JsonObject } from "#model/value.ts";
import { objectOf } from "#terraform/json.ts";
import type { TerraformSettings } from "#terraform/settings.ts";

/** The folder of one run. In memory where the system has such a place, for this user only; gone after the run. */
export interface Workspace {
  readonly directory: string;
  /** The configuration's folder, by a path that is the same in each run: `path.cwd` and `abspath` show it. */
  readonly configuration: string;
  /** The state's file, encrypted. It stays between runs: what a killed run made is in it. */
  readonly state: string;
  /** What a run that applies has done until now; there after one that was killed, too. */
  readonly journal: string;
  /** A configuration of OpenTofu's command line; undefined for that of the user. */
  readonly cliConfig: string | undefined;
}

/** Which working copy of a state: that of a resource of some stack, by its URN and key. */
export const stateDirectory = (urn: string, key: string): string => {
  const name = createHash("sha256").update(`${urn}\0${key}`).digest("hex").slice(0, 32);
  return statePath("terraform", name);
};

/** A text of OpenTofu's language, in which `${` and `%{` begin something else. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll(/[$%]\{/g, (sign) => `${sign.charAt(0)}${sign}`);

/**
 * Where the state is, and that state and plan are encrypted (opentofu.org, "State and Plan Encryption"). Line by line: OpenTofu
 * shows the line that it complains about. The fewest rounds of pbkdf2 that it takes: the key is no word.
 */
const encryption = (state: string, key: string): string => `terraform {
  backend "local" {
    path = ${quoted(state)}
  }
  encryption {
    key_provider "pbkdf2" "steading" {
      passphrase = "${key}"
      iterations = 200000
    }
    method "aes_gcm" "steading" {
      keys = key_provider.pbkdf2.steading
    }
    state {
      method   = method.aes_gcm.steading
      enforced = true
    }
    plan {
      method   = method.aes_gcm.steading
      enforced = true
    }
  }
}
`;

const mirror = (path: string): string => `provider_installation {
  filesystem_mirror {
    path = ${JSON.stringify(path)}
  }
}
`;

/** The configuration with secret variables marked as sensitive. */
function configured({ configuration }: Pick<TerraformSettings, "configuration">, sensitive: readonly string[]): JsonObject {
  const declared = objectOf(configuration["variable"]);
  const variable = Object.fromEntries(Object.entries(declared).map(([name, one]) => [name, sensitive.includes(name) ? { ...objectOf(one), sensitive: true } : one]));
  return { ...configuration, ...(Object.keys(variable).length === 0 ? {} : { variable }) };
}

async function put(file: string, content: string | Buffer, mode = 0o600): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, content, { mode });
}

/** Puts assets and local modules beside the configuration. */
async function putFiles({ files = {}, executables = [], links = {} }: TerraformSettings, at: (name: string) => string): Promise<void> {
  const programs = new Set(executables);
  for (const [path, content] of Object.entries(files)) await put(at(path), Buffer.from(content, "base64"), programs.has(path) ? 0o700 : 0o600);
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(at(path)), { recursive: true, mode: 0o700 });
    await symlink(target, at(path));
  }
}

const PREFIX = "steading-terraform-";

/** Has a link lead to a folder; false where it leads to that of another run, which goes on. */
async function claimLink(link: string, target: string): Promise<boolean> {
  const other = await readlink(link).catch(() => undefined);
  if (other !== undefined && (!existsSync(other) || (await isLeft(dirname(other))))) await rm(link, { force: true });
  return symlink(target, link).then(() => true, () => false);
}

/**
 * Makes the folder of one run, and takes it away in the end.
 *
 * @param home - where the working copy of the state is; undefined for a look at what has no state yet
 * @param sensitive - names of variables that are secrets
 * @param lock - the lock file of providers that was kept; undefined for none
 */
export async function withWorkspace<T>(settings: TerraformSettings, home: string | undefined, sensitive: readonly string[], lock: string | undefined, use: (place: Workspace) => Promise<T>): Promise<T> {
  const parent = memoryDirectory();
  const prefix = `${PREFIX}${home === undefined ? "look" : basename(home)}-`;
  const directory = await mkdtemp(join(parent, prefix));
  const link = join(home ?? directory, "configuration-now");
  let isOwn = false;
  try {
    noteProcess(directory, process.pid);
    if (home !== undefined) {
      await mkdir(home, { recursive: true, mode: 0o700 });
      await chmod(home, 0o700);
    }
    const state = join(home ?? directory, "terraform.tfstate");
    const at = (name: string): string => join(directory, "configuration", name);
    await putFiles(settings, at);
    await put(at("cdk.tf.json"), JSON.stringify(configured(settings, sensitive), undefined, 1));
    await put(at("steading.tf"), encryption(state, settings.key));
    if (settings.variables !== undefined) await put(at("steading.auto.tfvars.json"), JSON.stringify(settings.variables));
    if (lock !== undefined) await put(at(".terraform.lock.hcl"), lock);
    const cliConfig = settings.providerMirror === undefined ? undefined : join(directory, "tofurc");
    if (cliConfig !== undefined) await put(cliConfig, mirror(settings.providerMirror ?? ""));
    isOwn = await claimLink(link, join(directory, "configuration"));
    return await use({ directory, configuration: isOwn ? link : join(directory, "configuration"), state, journal: join(home ?? directory, "apply.jsonl"), cliConfig });
  } finally {
    if (isOwn) await rm(link, { force: true });
    await rm(directory, { recursive: true, force: true });
    // Not before: what OpenTofu printed in a run that was killed says what it made.
    await sweep(parent, prefix);
  }
}
