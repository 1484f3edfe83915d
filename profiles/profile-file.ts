import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { checkProps } from "#model/check-props.ts";
import type { Issue } from "#model/issue.ts";
import { Issues } from "#model/issue.ts";
import type { Props } from "#model/schema.ts";
import { isObject } from "#model/value.ts";
import { withEmpties } from "#profiles/empty-values.ts";
import { machineProps, props } from "#profiles/profile.ts";
import type { MachineProfile, Profile } from "#profiles/profile.ts";
import { inOrder, readYaml, yamlText } from "#profiles/yaml-source.ts";
import type { YamlSource } from "#profiles/yaml-source.ts";

/** Profiles that are files beside this one, by name. */
const profileNames = (): readonly string[] => readdirSync(import.meta.dirname).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();

/** A path as written: `~` is the user's home, all else is seen from `directory`. */
const pathFrom = (directory: string, path: string): string => (path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(directory, path));

/** The file of a profile: a name stands for `profiles/<name>.yaml` beside this file, anything with a `/`, or `.yaml` or `.yml` at its end, for a path. */
const profileFile = (directory: string, profile: string): string => (/\/|\.ya?ml$/.test(profile) ? pathFrom(directory, profile) : join(import.meta.dirname, `${profile}.yaml`));

const noProfile = (profile: string, at: string): Issue => ({ code: "profile.missing", at, path: "", message: `there is no profile ${profile}`, fix: `one of ${profileNames().join(", ")}, or a path such as ./base.yaml` });

/**
 * Reads a profile: a name, or a path. Throws Issues with file, line and column, all mistakes at once.
 *
 * @param directory - where a relative path begins
 */
export function readProfile(name: string, directory = ""): Profile {
  const path = profileFile(directory, name);
  return parseProfile(read(path, noProfile(name, path)), path);
}

/** The profile in a YAML text; `at` is its file in messages. Throws Issues. */
export function parseProfile(source: string, at: string): Profile {
  const { value, mistakes } = parse(props, source, at);
  if (mistakes.length > 0) throw new Issues(mistakes.map(({ issue }) => issue));
  return value;
}

/** A machine's file that was read: `identityFile` and `profile` are absolute paths. */
export interface MachineSource {
  readonly machine: MachineProfile;
  /** Where a key of it is: `file:line:column`. */
  readonly placeOf: (key: keyof MachineProfile) => string;
}

/** Reads a machine's file. Throws Issues as `readProfile` does. */
export function readMachineProfile(path: string): MachineSource {
  const at = resolve(path);
  const { value, mistakes, source } = parse(machineProps, read(at, { code: "file.missing", at, path: "", message: "there is no such file", fix: "name the YAML file of a machine" }), at);
  const { identityFile, profile, ...machine }: Partial<MachineProfile> = value;
  const under = typeof profile === "string" ? profileFile(dirname(at), profile) : undefined;
  const key = source.offset(["profile"]);
  const missing = under === undefined || existsSync(under) ? [] : [{ offset: key, issue: { ...noProfile(profile ?? "", source.place(key)), path: "profile" } }];
  const all = inOrder([...mistakes, ...missing]);
  if (all.length > 0) throw new Issues(all.map(({ issue }) => issue));
  return {
    machine: {
      ...machine,
      host: machine.host ?? "",
      ...(identityFile === undefined ? {} : { identityFile: pathFrom(dirname(at), identityFile) }),
      ...(under === undefined ? {} : { profile: under }),
    },
    placeOf: (name) => source.place(source.offset([name])),
  };
}

function read(path: string, missing: Issue): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (existsSync(path)) throw new Issues([{ ...missing, code: "file.unreadable", message: `cannot be read: ${String(error).replace(/^Error: /, "")}` }]);
    throw new Issues([missing]);
  }
  return yamlText(bytes, path);
}

interface Parsed {
  readonly value: Profile;
  /** In the order of the file. */
  readonly mistakes: readonly { readonly offset: number; readonly issue: Issue }[];
  readonly source: YamlSource;
}

function parse(schema: Props<object>, text: string, at: string): Parsed {
  const source = readYaml(text, at);
  const value = withEmpties(source.value, schema.json);
  const mistakes = checkProps(schema, value, at).map(({ keys, ...issue }) => {
    const offset = source.offset(keys);
    return { offset, issue: { ...issue, at: source.place(offset) } };
  });
  return { value: isObject(value) ? value : {}, mistakes: inOrder(mistakes), source };
}
