import { mkdir, readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Issues } from "#model/issue.ts";
import { orUnwritable, unlessMissing, writeDurably } from "#engine/durable-write.ts";
import { parseJson, JsonFields } from "#engine/json-fields.ts";

/** Pulumi's file backend: a directory with a `.pulumi` in it (pulumi pkg/backend/diy). */
export interface Backend {
  /** Absolute path of `<root>/.pulumi`. */
  readonly directory: string;
  /** Names of a project's stacks, in order. */
  readonly stacks: (project: string) => Promise<readonly string[]>;
}

/** Where the files of one stack are. All are absolute paths. */
export interface StackPlace {
  readonly project: string;
  readonly stack: string;
  /** `organization/<project>/<stack>`: how Pulumi calls it. */
  readonly name: string;
  /** The checkpoint; `.gz` and `.zst` variants lie beside it. */
  readonly checkpoint: string;
  readonly locks: string;
  readonly history: string;
  readonly backups: string;
  /** Where newer CLIs keep what an interrupted run did. */
  readonly journal: string;
}

const FILE_SCHEME = "file://";
/** The layout that has projects (pulumi pkg/backend/diy/meta.go). */
const LAYOUT = 1;
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/;
const CHECKPOINT_NAME = /^(.+)\.json(\.gz|\.zst)?$/;

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/** The directory that a `file://` URL names: `~` is the home directory, a relative path starts at `base`; a query is ignored. */
function rootOf(url: string, at: string, base: string): string {
  if (!url.startsWith(FILE_SCHEME))
    return refuse("backend.unsupported", at, `the backend ${url} is not a directory`, "use the Pulumi CLI for it, or set PULUMI_BACKEND_URL=file://~");
  const path = url.slice(FILE_SCHEME.length).replace(/\?.*$/, "");
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return resolve(base, path);
}

/** The backend that `pulumi login` chose; undefined when nobody logged in. */
async function loginUrl(env: NodeJS.ProcessEnv): Promise<{ url: string; at: string } | undefined> {
  const at = join(env["PULUMI_CREDENTIALS_PATH"] ?? env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "credentials.json");
  const text = await unlessMissing(readFile(at, "utf8"));
  if (text === undefined) return undefined;
  const url = new JsonFields(parseJson(text), at, "").text("current") ?? "";
  return url === "" ? undefined : { url, at };
}

/** What chooses the backend. */
export interface BackendChoice {
  readonly env: NodeJS.ProcessEnv;
  /** `backend.url` of Pulumi.yaml. */
  readonly projectUrl?: string | undefined;
  /** Where Pulumi.yaml is: its relative URLs start here. */
  readonly projectDirectory: string;
}

/**
 * The backend's root directory: `PULUMI_BACKEND_URL`, else `backend.url` of Pulumi.yaml, else what `pulumi login` chose, else
 * the home directory. Throws `Issues` for anything but `file://`.
 */
export async function backendRoot({ env, projectUrl, projectDirectory }: BackendChoice): Promise<string> {
  const fromEnv = env["PULUMI_BACKEND_URL"];
  if (fromEnv !== undefined && fromEnv !== "") return rootOf(fromEnv, "PULUMI_BACKEND_URL", process.cwd());
  if (projectUrl !== undefined && projectUrl !== "") return rootOf(projectUrl, "Pulumi.yaml backend.url", projectDirectory);
  const login = await loginUrl(env);
  return login === undefined ? homedir() : rootOf(login.url, login.at, process.cwd());
}

async function stackNames(directory: string, project: string): Promise<readonly string[]> {
  const names = (await unlessMissing(readdir(join(directory, "stacks", project)))) ?? [];
  const stacks = names.flatMap((name) => CHECKPOINT_NAME.exec(name)?.[1] ?? []).filter((name) => NAME.test(name));
  return [...new Set(stacks)].sort();
}

/** Refuses a layout that is not the one with projects; returns whether the backend was there already. */
async function checkLayout(directory: string): Promise<boolean> {
  const at = join(directory, "meta.yaml");
  const text = await unlessMissing(readFile(at, "utf8"));
  if (text !== undefined) {
    const version = /^version:[ \t]*(\d+)[ \t]*$/m.exec(text)?.[1];
    if (version === String(LAYOUT)) return true;
    return refuse("backend.unsupported", at, `the layout has version ${version ?? "none"}, Steading knows ${String(LAYOUT)}`, "use the Pulumi CLI, or `pulumi state upgrade`");
  }
  const entries = (await unlessMissing(readdir(join(directory, "stacks"), { withFileTypes: true }))) ?? [];
  if (entries.some((entry) => entry.isFile() && CHECKPOINT_NAME.test(entry.name)))
    return refuse("backend.unsupported", directory, "the stacks have the old layout without projects", "run `pulumi state upgrade` once");
  return false;
}

/**
 * Opens the backend in a root directory.
 *
 * @param create - makes it when it is not there; a preview does not
 */
export async function openBackend(root: string, create: boolean): Promise<Backend> {
  const directory = join(root, ".pulumi");
  if (!(await checkLayout(directory)) && create) {
    await orUnwritable(directory, mkdir(directory, { recursive: true, mode: 0o700 }));
    await writeDurably(join(directory, "meta.yaml"), `version: ${String(LAYOUT)}\n`);
  }
  return { directory, stacks: (project) => stackNames(directory, project) };
}

/** Where the files of a stack are. Throws `Issues` for a name that Pulumi does not allow. */
export function placeOf(backend: Backend, project: string, stack: string): StackPlace {
  for (const [what, name] of [["project", project], ["stack", stack]] as const)
    if (!NAME.test(name)) refuse("name.invalid", what, `${JSON.stringify(name)} is not a ${what} name`, "letters, digits, - _ and ., at most 100");
  const under = (kind: string, ...more: readonly string[]): string => join(backend.directory, kind, ...more, project, stack);
  return {
    project,
    stack,
    name: `organization/${project}/${stack}`,
    checkpoint: `${under("stacks")}.json`,
    locks: under("locks", "organization"),
    history: under("history"),
    backups: under("backups"),
    journal: under("journal"),
  };
}
