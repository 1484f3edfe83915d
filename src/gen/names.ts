/** `systemd-timer` → `systemdTimer`: the export of the file of that name. */
export const camelCase = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `systemd-timer` → `SystemdTimer`: the stem of its props type, or the name of its class. */
export const pascalCase = (name: string): string => camelCase(`-${name}`);
