import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { Issues } from "#model/issue.ts";
import { isList, isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { listOf, objectOf, textOf } from "#terraform/json.ts";
import { outputInText, outputInTree } from "#terraform/pulumi-outputs.ts";

/** Where a stack writes what it synthesises. */
export interface SynthSession {
  readonly outdir: string;
  readonly skipValidation?: boolean;
  readonly manifest: object;
}

/** A construct: a part of a tree. */
export interface TreeNode {
  readonly node: { readonly id: string; readonly path: string; readonly root: TreeNode; findAll(): readonly TreeNode[] };
}

/**
 * A `TerraformStack` of cdktf or of cdktn, as far as both have the same. Neither is imported here: the user hands in what either
 * made, and which one that was makes no difference.
 */
export interface ConstructTree extends TreeNode {
  readonly dependencies: readonly object[];
  readonly synthesizer: { synthesize(session: SynthSession): void };
  prepareStack(): void;
}

/** Assets and local modules of a tree. */
export interface TreeFiles {
  /** In base64, by path. */
  readonly files: { readonly [path: string]: string };
  /** Paths of those that are programs. */
  readonly executables: readonly string[];
  /** Symbolic links: where they lead, by path. */
  readonly links: { readonly [path: string]: string };
}

/** What a tree comes to. */
export interface Synthesised extends TreeFiles {
  /** `cdk.tf.json`, without the comments that name library and version. */
  readonly configuration: JsonObject;
  /** Warnings of the tree. */
  readonly warnings: readonly string[];
}

/** Files go through the state: what is larger belongs elsewhere. */
const MOST_BYTES = 4 * 1024 * 1024;

const invalid = (at: string, message: string, fix: string): Issues => new Issues([{ code: "terraform.invalid", at, path: "stack", message, fix }]);

const hasOutput = (at: string, place: string): Issues =>
  invalid(at, `there is an Output of Pulumi in ${place}, which has no value before the run`, "declare a TerraformVariable, use its value there, and hand the Output over in variables of the resource TerraformStack");

/** What jsii(1) writes into each class: `cdktf.TerraformStack`. */
const RTTI = Symbol.for("jsii.rtti");

/** The libraries that the constructs of a tree come from. */
function librariesOf(stack: TreeNode): ReadonlySet<string> {
  const names = [stack.node.root, ...stack.node.findAll()].map((construct): string => {
    const info: unknown = Reflect.get(construct.constructor, RTTI);
    return isObject(info) && typeof info["fqn"] === "string" ? (info["fqn"].split(".")[0] ?? "") : "";
  });
  return new Set(names.filter((name) => name === "cdktf" || name === "cdktn"));
}

/** Comments, which name the library and its version, and places in the program. */
function withoutComments(value: Json): Json {
  if (isList(value)) return value.map(withoutComments);
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== "//").map(([key, inner]) => [key, withoutComments(inner)])) : value;
}

/** Each stack is given a local backend, in the folder of the program: the state is kept elsewhere. */
function withoutOwnBackend({ terraform = {}, ...configuration }: JsonObject): JsonObject {
  const { backend = {}, ...rest } = objectOf(terraform);
  const { local: _, ...others } = objectOf(backend);
  const left = { ...rest, ...(Object.keys(others).length === 0 ? {} : { backend: others }) };
  return { ...configuration, ...(Object.keys(left).length === 0 ? {} : { terraform: left }) };
}

/** A local backend that the program declares, or whose file is there: what is in that is not this stack's. */
function backendWarnings({ terraform = {} }: JsonObject, id: string): readonly string[] {
  const file = textOf(objectOf(objectOf(objectOf(terraform)["backend"])["local"])["path"]);
  if (file === "" || (file === resolve(`terraform.${id}.tfstate`) && !existsSync(file))) return [];
  return [`the local backend ${file} is not used: the stack keeps the state itself. What is in that file is not taken over; import its resources one by one, with importFrom, or they are made a second time`];
}

/** The app's own manifest, for another folder: the app's folder stays as it is. */
function manifestFor(stack: ConstructTree, at: string, outdir: string): { readonly manifest: JsonObject; readonly skipValidation: boolean } {
  const app: unknown = stack.node.root;
  const of: unknown = isObject(app) ? app["manifest"] : undefined;
  if (!isObject(app) || !isObject(of)) throw invalid(at, "the stack is in no App", "new App() of the same library, and the stack in it");
  const manifest: unknown = Reflect.construct(of.constructor, ["steading", outdir, false]);
  if (!isObject(manifest)) throw new Error("the app's manifest cannot be made anew");
  return { manifest, skipValidation: app["skipValidation"] === true };
}

function filesIn(directory: string, at: string): TreeFiles {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => ({ entry, path: relative(directory, join(entry.parentPath, entry.name)) }));
  const paths = (is: (entry: Dirent) => boolean): readonly string[] => entries.filter(({ entry, path }) => is(entry) && path !== "cdk.tf.json").map(({ path }) => path).sort();
  const stats = paths((entry) => entry.isFile()).map((path) => ({ path, stat: statSync(join(directory, path)) }));
  const bytes = stats.reduce((sum, { stat }) => sum + stat.size, 0);
  if (bytes > MOST_BYTES) throw invalid(at, `its assets have ${bytes.toString()} bytes, at most ${MOST_BYTES.toString()}`, "put large files where the resources find them by themselves");
  return {
    files: Object.fromEntries(stats.map(({ path }) => [path, readFileSync(join(directory, path)).toString("base64")])),
    executables: stats.filter(({ stat }) => (stat.mode & 0o100) !== 0).map(({ path }) => path),
    links: Object.fromEntries(paths((entry) => entry.isSymbolicLink()).map((path) => [path, readlinkSync(join(directory, path))])),
  };
}

const warningsIn = (manifest: JsonObject, id: string): readonly string[] =>
  listOf(objectOf(objectOf(manifest["stacks"])[id])["annotations"])
    .map(objectOf)
    .flatMap(({ level, constructPath, message }) => (level === "@cdktf/warn" ? [`${textOf(constructPath)}: ${textOf(message)}`] : []));

/**
 * Synthesises a stack by itself, into a folder that is gone afterwards. Throws Issues for a tree that does not fit: constructs of
 * both libraries, outputs of another stack, what the library itself refuses.
 *
 * @param at - who asks, for messages
 */
export function synthesise(stack: ConstructTree, at: string): Synthesised {
  const libraries = librariesOf(stack);
  if (libraries.size > 1) throw invalid(at, "there are constructs of cdktf and of cdktn in one tree", "import all from one of them: providers of cdktf are @cdktf/provider-…, those of cdktn @cdktn/provider-…");
  const outdir = mkdtempSync(join(tmpdir(), "steading-synth-"));
  try {
    mkdirSync(join(outdir, "stacks"));
    const { manifest, skipValidation } = manifestFor(stack, at, outdir);
    try {
      stack.prepareStack();
      if (stack.dependencies.length > 0) throw invalid(at, "it uses what another stack of the App makes", "give it over through outputs and variables of two resources TerraformStack");
      stack.synthesizer.synthesize({ outdir, skipValidation, manifest });
    } catch (error) {
      if (error instanceof Issues) throw error;
      const place = outputInTree(stack);
      if (place !== undefined) throw hasOutput(at, place);
      throw invalid(at, error instanceof Error ? error.message : String(error), "");
    }
    const directory = join(outdir, "stacks", stack.node.id);
    const synthesised: unknown = JSON.parse(readFileSync(join(directory, "cdk.tf.json"), "utf8"));
    const configuration = objectOf(withoutComments(isObject(synthesised) ? synthesised : {}));
    const place = outputInText(configuration);
    if (place !== undefined) throw hasOutput(at, place);
    return { configuration: withoutOwnBackend(configuration), ...filesIn(directory, at), warnings: [...warningsIn(manifest, stack.node.id), ...backendWarnings(configuration, stack.node.id)] };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
