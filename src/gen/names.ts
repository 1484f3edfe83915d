/** `systemd-timer` → `systemdTimer`: the export of the file of that name. `package` is a reserved word, and becomes `packageKind`. */
export const camelCase = (name: string): string => (name === "package" ? "packageKind" : name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()));

/** `systemd-timer` → `SystemdTimer`: the stem of its props type, or the name of its class. */
export const pascalCase = (name: string): string => camelCase(`-${name}`);

/** Words that cannot name a variable in a module (ECMA-262, ReservedWord and the strict mode's). */
const reserved = new Set(["package", "interface", "class", "function", "import", "export", "default", "new", "static", "private", "public", "switch"]);

/** What the file of that name exports: its camelCase, with `Kind` behind it where that is a reserved word. */
export const exportName = (name: string): string => (reserved.has(name) ? `${name}Kind` : camelCase(name));
