import type { Comment, Declaration, Member } from "#gen/source.ts";

/** What a schema adds to a key's comment: which values it takes. */
export interface Constraint {
  readonly json: { readonly [key: string]: unknown };
  readonly secret?: boolean;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");

const sentence = (text: string): string => (text === "" || /[.!?:]$/.test(text) ? text : `${text}.`);

function row(member: Member, constraint: Constraint | undefined): string {
  // The words of an enumeration are in the type already.
  const hint: unknown = constraint?.json["x-fix"];
  const fix = typeof hint !== "string" || hint.startsWith("one of ") ? "" : sentence(hint.charAt(0).toUpperCase() + hint.slice(1));
  const secret = constraint?.secret === true ? "Secret: encrypted in the state, never printed." : "";
  const meaning = [sentence(member.text), fix, secret].filter((part) => part !== "").join(" ");
  const otherwise = member.defaultValue ?? (member.optional ? "left out" : "**required**");
  return `| \`${member.name}\` | \`${cell(member.type)}\` | ${cell(otherwise)} | ${cell(meaning)} |`;
}

/** A table of an interface's keys: type, default, meaning. */
export const table = (members: readonly Member[], constraints: { readonly [key: string]: Constraint } = {}): string =>
  ["| key | type | default | meaning |", "|---|---|---|---|", ...members.map((member) => row(member, constraints[member.name]))].join("\n");

/** A table of what a class offers: name, type, meaning. */
export const offers = (members: readonly Member[]): string =>
  ["| name | type | meaning |", "|---|---|---|", ...members.map(({ name, type, text }) => `| \`${name}\` | \`${cell(type)}\` | ${cell(sentence(text))} |`)].join("\n");

/** An interface as a section with its table; another declaration as its code. */
export const section = (declaration: Declaration): string =>
  [
    `## \`${declaration.name}\``,
    declaration.text,
    declaration.members.length > 0 ? table(declaration.members) : `\`\`\`ts\n${declaration.code}\n\`\`\``,
  ]
    .filter((part) => part !== "")
    .join("\n\n");

/** All examples of a comment. */
export const examples = (comment: Comment): readonly string[] =>
  comment.examples.map(({ title, body }) => [`## Example${title === "" ? "" : `: ${title}`}`, body].join("\n\n"));

/** A page: its title, parts that are not empty, and where it comes from. */
export const page = (title: string, parts: readonly string[], source: string): string =>
  [`<!-- Written by \`npm run gen\` from ${source}; edit that. -->`, `# ${title}`, ...parts.filter((part) => part !== "")].join("\n\n") + "\n";
