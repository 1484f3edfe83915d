import { camelCase, exportName, pascalCase } from "#gen/names.ts";
import { table } from "#gen/markdown.ts";
import { propsPage } from "#gen/pages.ts";
import { describedSchema } from "#gen/profile-schema.ts";
import { declarations } from "#gen/source.ts";

const text = `
/** Desired bell. */
export interface DoorBellProps {
  /** What it says; see {@link Bell}. */
  sound: "ding" | "dong";
  /** How loud. @defaultValue \`3\` */
  loud?: number;
}

interface Hidden {}

/**
 * A bell at the door.
 *
 * @example A quiet one
 * \`\`\`ts
 * doorBell("front", { sound: "ding" });
 * \`\`\`
 */
export const doorBell = defineKind({ kind: "door-bell" });
`;

describe("the generator", () => {
  test.each([
    ["file", "file", "File"],
    ["systemd-timer", "systemdTimer", "SystemdTimer"],
    ["locale-and-timezone", "localeAndTimezone", "LocaleAndTimezone"],
    ["debian-12", "debian12", "Debian12"],
  ])("makes the names of %s", (name, camel, pascal) => {
    expect([camelCase(name), pascalCase(name)]).toEqual([camel, pascal]);
  });

  test("gives a reserved word an ending, so that it can be exported", () => {
    expect(["package", "file"].map(exportName)).toEqual(["packageKind", "file"]);
  });

  const found = declarations("kinds/door-bell.ts", text);

  test("reads exported declarations with their comments, keys and examples", () => {
    expect(found.map(({ name, sort }) => [name, sort])).toEqual([["DoorBellProps", "interface"], ["doorBell", "const"]]);
    expect(found[0]?.members).toEqual([
      { name: "sound", optional: false, type: '"ding" | "dong"', text: "What it says; see `Bell`.", defaultValue: undefined, examples: [] },
      { name: "loud", optional: true, type: "number", text: "How loud.", defaultValue: "`3`", examples: [] },
    ]);
    expect(found[1]?.text).toBe("A bell at the door.");
    expect(found[1]?.examples).toEqual([{ title: "A quiet one", body: '```ts\ndoorBell("front", { sound: "ding" });\n```' }]);
  });

  test("writes a table whose cells hold no bar and no line end", () => {
    expect(table(found[0]?.members ?? [], { loud: { json: { "x-fix": "a number\nfrom 1 to 9" }, secret: true } }).split("\n").slice(2)).toEqual([
      '| `sound` | `"ding" \\| "dong"` | **required** | What it says; see `Bell`. |',
      "| `loud` | `number` | `3` | How loud. A number from 1 to 9. Secret: encrypted in the state, never printed. |",
    ]);
  });

  test("writes a page with props before examples", () => {
    const written = propsPage({ name: "door-bell", path: "kinds/door-bell.ts", declarations: found }, { constraints: {}, remarks: ["Risk: none."] });
    expect(written.match(/^#+ .*$/gm)).toEqual(["# door-bell", "## Props", "## Example: A quiet one"]);
    expect(written).toContain("Risk: none.");
  });

  test("refuses a file that does not export what its name asks for", () => {
    expect(() => propsPage({ name: "gate", path: "kinds/gate.ts", declarations: found }, { constraints: {}, remarks: [] })).toThrow("kinds/gate.ts does not export gate");
  });

  test("puts comments into a JSON Schema, also inside lists, and lets them be empty", () => {
    const object = { type: "object", properties: { sound: { type: "string" }, loud: { type: "integer" } } };
    expect(describedSchema({ type: "object", properties: { bells: { type: "array", items: object } } }, found, "Bells")).toEqual({
      $schema: "http://json-schema.org/draft-07/schema#",
      title: "Bells",
      type: "object",
      properties: {
        bells: {
          type: ["array", "null"],
          items: {
            type: ["object", "null"],
            properties: {
              sound: { description: "What it says; see `Bell`.", type: "string" },
              loud: { description: "How loud. Default: `3`", type: "integer" },
            },
          },
        },
      },
    });
  });
});
