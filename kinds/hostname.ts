import { sysctls } from "#facts/sysctls.ts";
import { texts } from "#facts/texts.ts";
import { change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { optional, propsOf, text } from "#model/schema.ts";
import { restore, run, writeFile } from "#model/step.ts";

/** Desired name of the machine, as written in a stack. */
export interface HostnameProps {
  /** The name without its domain. */
  hostname: string;
  /** The domain, for the fully qualified name. @defaultValue none */
  domain?: string;
}

const props = propsOf<HostnameProps>()({
  hostname: text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and -, at most 63, such as workstation"),
  domain: optional(text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, "a domain such as home.arpa")),
});

const NAME_FILE = "/etc/hostname";
const HOSTS_FILE = "/etc/hosts";

const isOurs = (line: string): boolean => /^\s*127\.0\.1\.1\s/.test(line);

/** What /etc/hosts says of 127.0.1.1, Debian's address for a machine's own name (Debian reference 5.1.1). */
const ownLine = (want: HostnameProps): string =>
  `127.0.1.1\t${want.domain === undefined ? "" : `${want.hostname}.${want.domain} `}${want.hostname}`;

/** Tabs and blanks are alike there (hosts(5)). */
const inWords = (line: string): string => line.trim().replace(/\s+/g, " ");

/** The hosts file with the own line in the place of those that were there, else after 127.0.0.1. */
function hostsWith(line: string, have: string | undefined): string {
  const lines = (have ?? "127.0.0.1\tlocalhost\n").replace(/\n$/, "").split("\n");
  const at = lines.findIndex(isOurs);
  const place = at === -1 ? lines.findIndex((other) => /^\s*127\.0\.0\.1\s/.test(other)) + 1 : at;
  const others = (part: readonly string[]) => part.filter((other) => !isOurs(other));
  return [...others(lines.slice(0, place)), line, ...others(lines.slice(place)), ""].join("\n");
}

/**
 * The machine's name: /etc/hostname, the name the kernel has now, and the line of /etc/hosts by which the machine finds
 * its own name without a network.
 *
 * @example A workstation at home
 * ```ts
 * hostname("name", { hostname: "workstation", domain: "home.arpa" });
 * ```
 */
export const hostname = defineKind({
  kind: "hostname",
  props,
  owns: () => ["hostname", pathSubject(NAME_FILE), pathSubject(HOSTS_FILE)],
  risk: "connection",
  reads: () => ({ file: texts(NAME_FILE), hosts: texts(HOSTS_FILE), running: sysctls("kernel/hostname") }),
  diff: (want, have) => [
    ...change("file", have.file?.trim(), want.hostname),
    ...change("hosts", have.hosts?.split("\n").filter(isOurs).map(inWords).join("\n"), inWords(ownLine(want))),
    ...(have.running === undefined ? [] : change("running", have.running.value, want.hostname)),
  ],
  apply: (want, have) => [
    writeFile(NAME_FILE, `${want.hostname}\n`),
    writeFile(HOSTS_FILE, hostsWith(ownLine(want), have.hosts)),
    run(["hostname", want.hostname], { running: true }),
  ],
  undo: (_want, before) => [
    restore(NAME_FILE),
    restore(HOSTS_FILE),
    ...(before.running?.value === undefined ? [] : [run(["hostname", before.running.value], { running: true })]),
  ],
  survey: {
    reads: { file: texts(NAME_FILE), hosts: texts(HOSTS_FILE), running: sysctls("kernel/hostname") },
    items({ file, hosts, running }) {
      const lines = hosts?.split("\n") ?? [];
      const name = file?.trim() ?? "";
      const full = inWords(lines.find(isOurs) ?? "").split(" ")[1] ?? "";
      const want = { hostname: name, ...(full.startsWith(`${name}.`) ? { domain: full.slice(name.length + 1) } : {}) };
      if (lines.filter(isOurs).map(inWords).join() !== inWords(ownLine(want)) || (running !== undefined && running.value !== name)) return [];
      const others = lines.filter((line) => !/^\s*(#|$|127\.0\.[01]\.1\s|::1\s|f[ef]0[02]::)/.test(line));
      return [{ name, want }, ...(others.length === 0 ? [] : [{ name: "other lines of /etc/hosts", why: "a hostname decides on the line of this machine alone" }])];
    },
  },
});
