import ts from "typescript";

/** A TSDoc comment, taken apart. */
export interface Comment {
  /** The text before the first tag, as Markdown. */
  readonly text: string;
  /** What `@defaultValue` says, as Markdown. */
  readonly defaultValue: string | undefined;
  /** Each `@example`: its title line and the rest, as Markdown. */
  readonly examples: readonly { readonly title: string; readonly body: string }[];
}

/** One key or method of an interface or class. */
export interface Member extends Comment {
  readonly name: string;
  readonly optional: boolean;
  /** The type as written, on one line. */
  readonly type: string;
}

/** One exported declaration of a file. */
export interface Declaration extends Comment {
  readonly name: string;
  readonly sort: "interface" | "type" | "const" | "class" | "function";
  /** Keys and methods of an interface or class, in order, without private ones; empty for others. */
  readonly members: readonly Member[];
  /** The declaration as written, without its comment. */
  readonly code: string;
}

const oneLine = (text: string): string => text.replace(/\/\*\*.*?\*\//gs, "").replace(/\s+/g, " ").trim();

/** The text of a comment or tag; `{@link X}` becomes `X` in backticks. */
const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string =>
  (ts.getTextOfJSDocComment(comment) ?? "").replace(/\{@link(?:code|plain)? ([^}|]+)(?:\|[^}]*)?\}/g, "`$1`").trim();

function commentOf(node: ts.Node): Comment {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const comment = comments.at(-1);
  const tags = comment?.tags ?? [];
  const tagged = (name: string) => tags.filter(({ tagName }) => tagName.text === name).map((tag) => textOf(tag.comment));
  return {
    text: textOf(comment?.comment),
    defaultValue: tagged("defaultValue")[0],
    examples: tagged("example").map((text) => {
      const [first = "", ...rest] = text.split("\n");
      return first.startsWith("```") ? { title: "", body: text } : { title: first.trim(), body: rest.join("\n").trim() };
    }),
  };
}

function memberOf(member: ts.TypeElement | ts.ClassElement, file: ts.SourceFile): readonly Member[] {
  if (ts.isClassElement(member) && ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static)) return [];
  const type = (node: ts.TypeNode | undefined): string => oneLine(node?.getText(file) ?? "unknown");
  if (ts.isPropertySignature(member) || ts.isPropertyDeclaration(member))
    return [{ ...commentOf(member), name: member.name.getText(file), optional: member.questionToken !== undefined, type: type(member.type) }];
  if (!ts.isMethodDeclaration(member) && !ts.isMethodSignature(member)) return [];
  const parameters = member.parameters.map((parameter) => oneLine(parameter.name.getText(file)));
  return [{ ...commentOf(member), name: `${member.name.getText(file)}(${parameters.join(", ")})`, optional: false, type: type(member.type) }];
}

const sorts = [
  ["interface", ts.isInterfaceDeclaration],
  ["type", ts.isTypeAliasDeclaration],
  ["class", ts.isClassDeclaration],
  ["function", ts.isFunctionDeclaration],
  ["const", ts.isVariableStatement],
] as const;

function declarationOf(statement: ts.Statement, file: ts.SourceFile): Declaration | undefined {
  const sort = sorts.find(([, is]) => is(statement))?.[0];
  if (sort === undefined || !ts.canHaveModifiers(statement)) return undefined;
  if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return undefined;
  const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : ts.isDeclarationStatement(statement) ? statement : undefined;
  const name = named === undefined ? "" : (ts.getNameOfDeclaration(named)?.getText(file) ?? "");
  const elements: readonly (ts.TypeElement | ts.ClassElement)[] = ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement) ? statement.members : [];
  const members = elements.flatMap((member) => memberOf(member, file));
  return { ...commentOf(statement), name, sort, members, code: statement.getText(file) };
}

/** The exported declarations of a TypeScript file, in order, with their comments. Only parses; nothing is run. */
export function declarations(path: string, text: string): readonly Declaration[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => declarationOf(statement, file) ?? []);
}
