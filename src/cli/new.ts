import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { reporting } from "#cli/failure.ts";
import { jsonText } from "#cli/output.ts";
import { makePassphrase } from "#cli/passphrase-file.ts";
import { configPairs } from "#cli/stack-options.ts";
import { parseProject } from "#engine/project.ts";
import { StackConfig, stackConfigFile } from "#engine/stack-config.ts";
import { Issues } from "#model/issue.ts";

const HOME = resolve(import.meta.dirname, "../..");
const TEMPLATES = join(import.meta.dirname, "templates");
const DEFAULT = "workstation-typescript";

/** A file of npm's own name would make the template a package; so would git obey `.gitignore`. */
const renamed: { readonly [file: string]: string } = { "package.template.json": "package.json", "tsconfig.template.json": "tsconfig.json", gitignore: ".gitignore" };

/** What npm would link: this very Steading, and the Pulumi SDK that it uses, once. */
const links: { readonly [name: string]: string } = {
  steading: HOME,
  "@pulumi/pulumi": join(HOME, "node_modules/@pulumi/pulumi"),
  tsx: join(HOME, "node_modules/tsx"),
  ".bin/steading": join(HOME, "src/cli/steading"),
};

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/** Names of the templates, in order. */
export const templateNames = async (): Promise<readonly string[]> => (await readdir(TEMPLATES)).sort();

/** The files of a template, relative to it. */
async function templateFiles(template: string): Promise<readonly string[]> {
  const names = await templateNames();
  if (!names.includes(template)) refuse("template.unknown", template, "there is no such template", `one of ${names.join(", ")}`);
  const directory = join(TEMPLATES, template);
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

/** The text of a template's file, its placeholders filled (pulumi docs, "Creating templates"). */
const filled = (text: string, values: { readonly [name: string]: string }): string =>
  // What the template says about itself is not the project's.
  text.replace(/^template:\n(?:[ \t].*\n?)*/m, "").replaceAll(/\$\{([A-Z]+)\}/g, (whole, name: string) => values[name] ?? whole);

async function linkPackages(directory: string): Promise<void> {
  for (const [name, target] of Object.entries(links)) {
    const path = join(directory, "node_modules", name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  }
}

/** What `writeProject` is told. */
export interface NewProject {
  readonly template: string;
  /** Absolute path; made when it is not there, refused when there is something in it. */
  readonly directory: string;
  /** The project's name. */
  readonly name: string;
}

/** Writes a project from a template: its files, links to this Steading, and a passphrase file unless one is set. */
export async function writeProject({ template, directory, name }: NewProject, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(name)) refuse("name.invalid", directory, `${JSON.stringify(name)} is not a project name`, "give one with --name: letters, digits, - _ and .");
  const files = await templateFiles(template);
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).some((entry) => entry !== ".git")) refuse("directory.taken", directory, "there is something in it", "name an empty or new directory");
  const values = { PROJECT: name, DESCRIPTION: "The computers I own", STEADING: HOME };
  const written = files.map((file) => join(dirname(file), renamed[basename(file)] ?? basename(file)));
  for (const [index, file] of files.entries()) {
    const to = join(directory, written[index] ?? file);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, filled(await readFile(join(TEMPLATES, template, file), "utf8"), values));
  }
  await linkPackages(directory);
  await makePassphrase(env, directory);
  return written;
}

interface NewOptions {
  readonly name?: string;
  readonly stack: string;
  readonly config: readonly string[];
  readonly json?: true;
}

async function action(template = DEFAULT, to: string | undefined, options: NewOptions): Promise<void> {
  const directory = resolve(to ?? ".");
  const name = options.name ?? basename(directory);
  const files = await writeProject({ template, directory, name }, process.env);
  const project = parseProject(join(directory, "Pulumi.yaml"), await readFile(join(directory, "Pulumi.yaml"), "utf8"));
  if (options.config.length > 0) {
    const config = await StackConfig.load(stackConfigFile(project, options.stack), name);
    for (const [key, value] of configPairs(options.config)) config.set(key, value);
    await config.save();
  }
  if (options.json) console.log(jsonText({ command: "new", result: "succeeded", project: name, directory }));
  else
    console.log(
      [...files.map((file) => `wrote ${join(directory, file)}`), "", "Next:", `  cd ${directory}`, `  npx steading preview --stack ${options.stack}`, `  npx steading up --stack ${options.stack}`].join("\n"),
    );
}

/** `steading new`. */
export const newProject = (): Command =>
  new Command("new")
    .summary("write a working project from a template")
    .description("Writes a project that previews and ups as it is: a stack, its Pulumi.yaml, and a profile to change.")
    .argument("[template]", "which template", DEFAULT)
    .argument("[directory]", "where; new or empty", ".")
    .option("--name <name>", "the project's name (default: the directory's)")
    .option("--stack <name>", "the stack that --config is for", "home")
    .addOption(
      new Option("--config <key=value>", "a value for the stack's configuration; may be given many times")
        .argParser((pair: string, before: readonly string[]) => [...before, pair])
        .default([], "none"),
    )
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", `\nExamples:\n  steading new ${DEFAULT} my-machines\n  steading new ${DEFAULT} my-machines --config host=ssh://root@192.0.2.7`)
    .action(reporting(action));
