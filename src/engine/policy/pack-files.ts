import { readFile, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Issues } from "#model/issue.ts";
import { unlessMissing } from "#engine/durable-write.ts";
import { given, JsonFields, parseJson } from "#engine/json-fields.ts";
import { readJsonFile } from "#engine/json-file.ts";
import { fileAt } from "#engine/program.ts";
import { readRuntime } from "#engine/project.ts";
import { parseYaml } from "#engine/yaml-file.ts";

/** A policy pack that a run is given. */
export interface PolicyPack {
  /** Absolute path. */
  readonly directory: string;
  /** The JSON file with the configuration of its policies; absolute path. */
  readonly config?: string;
}

/** A policy pack as it lies on the disk (pulumi sdk/go/common/workspace/project.go, PolicyPackProject). */
export interface PackFiles {
  /** Absolute path. */
  readonly directory: string;
  /** The file that makes the pack; absolute path. */
  readonly entry: string;
  /** Of PulumiPolicy.yaml, which wins over package.json's. */
  readonly version?: string;
  /** Options of Node, from `runtime.options.nodeargs`. */
  readonly nodeArguments: readonly string[];
}

const refuse = (at: string, path: string, message: string, fix: string): never => {
  throw new Issues([{ code: "policy.pack", at, path, message, fix }]);
};

/** Reads what a directory says of the policy pack in it. Throws `Issues` where there is none, and for packs that are not Node's. */
export async function findPack(directory: string): Promise<PackFiles> {
  const found = await unlessMissing(stat(directory));
  if (found?.isDirectory() !== true) refuse(directory, "", "there is no policy pack", "name the directory that holds its PulumiPolicy.yaml");
  const file = join(directory, "PulumiPolicy.yaml");
  const text = await unlessMissing(readFile(file, "utf8"));
  if (text === undefined) return refuse(directory, "", "is no policy pack: it has no PulumiPolicy.yaml", "write `runtime: nodejs` into one");
  const fields = new JsonFields(parseJson(JSON.stringify(parseYaml(text, file).toJSON() ?? {})), file, "");
  const { name, options } = readRuntime(fields.any("runtime"), file);
  if (name !== "nodejs") refuse(file, "runtime", `Steading's own engine does not run policy packs in ${name}`, "use the Pulumi CLI");
  const manifest = new JsonFields((await readJsonFile(join(directory, "package.json"))) ?? {}, join(directory, "package.json"), "");
  if (manifest.text("version") === undefined) refuse(join(directory, "package.json"), "version", "is missing: @pulumi/policy asks for the version of a pack", 'write a package.json with a name and a version, for example "0.1.0"');
  const main = fields.text("main") ?? manifest.text("main") ?? ".";
  const entry = (await fileAt(resolve(directory, main))) ?? (await fileAt(resolve(directory, `${main}.js`)));
  if (entry === undefined) return refuse(directory, main === "." ? "" : main, "there is no such file", "write index.ts or index.js, or name the file as main");
  return {
    directory,
    entry: await realpath(entry),
    nodeArguments: new JsonFields(options, file, "runtime.options").text("nodeargs")?.split(/\s+/).filter((each) => each !== "") ?? [],
    ...given({ version: fields.text("version") }),
  };
}
