import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { program } from "#cli/command.ts";
import { commandPages } from "#gen/command-pages.ts";
import { section } from "#gen/markdown.ts";
import { exportName } from "#gen/names.ts";
import { componentPage, connectionPage, factPage, profilePage, propsPage } from "#gen/pages.ts";
import type { Subject } from "#gen/pages.ts";
import { describedSchema } from "#gen/profile-schema.ts";
import { declarations } from "#gen/source.ts";
import type { Props } from "#model/schema.ts";

/** What a generator reads of a loaded kind or cloud. */
interface Loaded {
  readonly props: Props<unknown>;
  readonly risk?: unknown;
}

const subjectOf = (root: string, path: string): Subject => ({
  name: basename(path, ".ts"),
  path,
  declarations: declarations(path, readFileSync(join(root, path), "utf8")),
});

const subjects = (root: string, folder: string): readonly Subject[] =>
  globSync(`${folder}/*.ts`, { cwd: root })
    .sort()
    .map((path) => subjectOf(root, path));

const load = async (root: string, path: string): Promise<{ readonly [name: string]: unknown }> =>
  (await import(pathToFileURL(join(root, path)).href)) as { readonly [name: string]: unknown };

const dangers: Readonly<Record<string, string>> = {
  connection: "Risk: `connection`. A mistake here can cut the way in to the host.",
  boot: "Risk: `boot`. A mistake here can keep the machine from booting.",
};

const remarks = ({ risk }: Loaded): readonly string[] =>
  risk === undefined || risk === "none" ? [] : [typeof risk === "string" ? (dangers[risk] ?? "") : "Risk: depends on the props; a mistake here can cut the way in to the host."];

/** Reference pages that show props with what their schemas accept. */
async function propsPages(root: string, folder: string): Promise<readonly [string, string][]> {
  return Promise.all(
    subjects(root, folder).map(async (subject): Promise<[string, string]> => {
      const loaded = (await load(root, subject.path))[exportName(subject.name)] as Loaded;
      return [`docs/reference/${folder}/${subject.name}.md`, propsPage(subject, { constraints: loaded.props.schemas, remarks: remarks(loaded) })];
    }),
  );
}

/** The index of a folder of reference pages: one line each. */
const index = (title: string, folder: string, pages: readonly [string, string][], more: readonly string[]): [string, string] => [
  `docs/reference/${folder}/README.md`,
  [
    "<!-- Written by `npm run gen`. -->",
    `# ${title}`,
    pages.map(([path, text]) => `* [${basename(path, ".md")}](${basename(path)}): ${firstSentence(text)}`).join("\n"),
    ...more,
  ].join("\n\n") + "\n",
];

const firstSentence = (text: string): string => {
  const paragraph = text.split("\n\n")[2] ?? "";
  return paragraph.startsWith("#") || paragraph.startsWith("```") ? "" : (/^.*?\.(?=\s|$)/s.exec(paragraph)?.[0] ?? paragraph).replaceAll("\n", " ");
};

const profilePages = (root: string): readonly [string, string][] =>
  globSync("profiles/*.yaml", { cwd: root })
    .sort()
    .map((path) => {
      const name = basename(path, ".yaml");
      return [`docs/reference/profiles/${name}.md`, profilePage(name, path, readFileSync(join(root, path), "utf8"))];
    });

const PROFILE = "profiles/profile.ts";

/** `profiles/schema.json` and `profiles/machine.schema.json`, from the props that `profiles/profile.ts` exports. */
async function profileSchemas(root: string): Promise<readonly [string, string][]> {
  if (!existsSync(join(root, PROFILE))) return [];
  const loaded = await load(root, PROFILE);
  const found = subjectOf(root, PROFILE).declarations;
  // An interface shows its own keys only.
  const all = found.map((declaration) => (declaration.name === "MachineProfile" ? { ...declaration, members: [...declaration.members, ...(found.find(({ name }) => name === "Profile")?.members ?? [])] } : declaration));
  const write = (file: string, props: unknown, title: string): [string, string] => [`profiles/${file}`, `${JSON.stringify(describedSchema((props as Props<unknown>).json, all, title), null, 2)}\n`];
  return [write("schema.json", loaded["props"], "A Steading profile"), write("machine.schema.json", loaded["machineProps"], "A machine for Steading")];
}

/** What a profile may hold: a section for each of its interfaces. */
const profileKeys = (root: string): readonly string[] =>
  existsSync(join(root, PROFILE)) ? subjectOf(root, PROFILE).declarations.filter(({ sort }) => sort === "interface").map(section) : [];

/** Every generated file: its path from the root, and its text. */
export async function outputs(root: string): Promise<ReadonlyMap<string, string>> {
  const folders = [
    ["Kinds", "kinds", await propsPages(root, "kinds")],
    ["Clouds", "clouds", await propsPages(root, "clouds")],
    ["Facts", "facts", subjects(root, "facts").map((subject): [string, string] => [`docs/reference/facts/${subject.name}.md`, factPage(subject)])],
    ["Components", "components", subjects(root, "components").map((subject): [string, string] => [`docs/reference/components/${subject.name}.md`, componentPage(subject)])],
    ["Profiles", "profiles", profilePages(root)],
    ["Commands", "commands", commandPages(await program([]))],
  ] as const;
  return new Map([
    ...folders.flatMap(([title, folder, pages]) => [...pages, index(title, folder, pages, folder === "profiles" ? profileKeys(root) : [])]),
    ...(await profileSchemas(root)),
    ["docs/reference/connection.md", connectionPage(subjectOf(root, "src/model/connection.ts"))],
  ]);
}

/** Generated files that are there but no longer made. */
export const orphans = (root: string, made: ReadonlyMap<string, string>): readonly string[] =>
  globSync("docs/reference/**/*.md", { cwd: root }).filter((path) => !made.has(path));

/** Generated files that differ from what is checked in, or are missing or left over. */
export const differing = (root: string, made: ReadonlyMap<string, string>): readonly string[] => [
  ...[...made].filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text).map(([path]) => path),
  ...orphans(root, made),
];
