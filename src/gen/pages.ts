import { pascalCase, exportName } from "#gen/names.ts";
import { examples, offers, page, section, table } from "#gen/markdown.ts";
import type { Constraint } from "#gen/markdown.ts";
import type { Declaration } from "#gen/source.ts";

/** A file that a reference page is made of. */
export interface Subject {
  /** Kebab-case, the file's name without its ending. */
  readonly name: string;
  /** From the repository's root. */
  readonly path: string;
  readonly declarations: readonly Declaration[];
}

const find = (subject: Subject, name: string): Declaration => {
  const found = subject.declarations.find((declaration) => declaration.name === name);
  if (!found) throw new Error(`${subject.path} does not export ${name}`);
  return found;
};

/** The other interfaces and types that a reader of the page needs. */
const others = (subject: Subject, shown: readonly string[]): readonly string[] =>
  subject.declarations.filter(({ name, sort }) => (sort === "interface" || sort === "type") && !shown.includes(name)).map(section);

/** A page for a kind or cloud: what it is, its props, examples. */
export function propsPage(subject: Subject, facts: { constraints: { readonly [key: string]: Constraint }; remarks: readonly string[] }): string {
  const main = find(subject, exportName(subject.name));
  const props = find(subject, `${pascalCase(subject.name)}Props`);
  return page(
    subject.name,
    [
      main.text,
      ...facts.remarks,
      "## Props",
      props.members.length > 0 ? table(props.members, facts.constraints) : section(props),
      ...others(subject, [props.name]),
      ...examples(main),
    ],
    subject.path,
  );
}

/** A page for a fact: what it asks and what it answers. */
export function factPage(subject: Subject): string {
  const main = find(subject, exportName(subject.name));
  return page(subject.name, [main.text, ...others(subject, []), ...examples(main)], subject.path);
}

/** A page for a component: the class, its props and all types that they are made of. */
export function componentPage(subject: Subject): string {
  const main = find(subject, pascalCase(subject.name));
  const props = subject.declarations.find(({ name }) => name === `${main.name}Props` || name === `${main.name}Args`);
  const takes = props ? ["## Props", props.text, table(props.members)] : [];
  const gives = main.members.length > 0 ? ["## Outputs and methods", offers(main.members)] : [];
  return page(subject.name, [main.text, ...takes, ...others(subject, [props?.name ?? ""]), ...gives, ...examples(main)], subject.path);
}

/** A page for a profile: its opening comment and the file itself. */
export function profilePage(name: string, path: string, text: string): string {
  const comment = text
    .split("\n")
    .filter((line) => line.startsWith("# ") && !line.includes("yaml-language-server"))
    .map((line) => line.slice(2));
  return page(name, [comment.join("\n"), `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``], path);
}

/** A page for the ways to reach a host. */
export const connectionPage = (subject: Subject): string =>
  page("Connections", ["How a host is reached: one of these, found by `via`.", ...subject.declarations.filter(({ sort }) => sort === "interface").map(section)], subject.path);
