import { files, textChange } from "#facts/files.ts";
import { localFiles, plainText } from "#facts/local-files.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { account, flag, list, optional, propsOf, text } from "#model/schema.ts";
import { restore, writeFile } from "#model/step.ts";

/** Desired rule of sudo, as written in a stack. For a user or for a group. */
export interface SudoRuleProps {
  /** Name of the file in /etc/sudoers.d; no dots, as sudo ignores such files. */
  name: string;
  /** Who may; either this or `group`. */
  user?: string;
  /** Whose members may; either this or `user`. */
  group?: string;
  /** Commands with their full path, perhaps with arguments, where sudo takes `*` and `?` as wildcards; or `ALL`. */
  commands: readonly string[];
  /** As whom; `ALL` for anyone. @defaultValue `root` */
  runAs?: string;
  /** Without being asked for a password. @defaultValue false */
  noPassword?: boolean;
}

const props = propsOf<SudoRuleProps>()({
  name: text(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "letters, digits, - and _; sudo ignores files with a dot"),
  user: optional(account),
  group: optional(account),
  commands: list(text(/^(ALL|(\/[^\s/\p{Cc}]+)+\/?( [^\p{Cc}]+)?)$/u, "ALL, or a command with its full path"), 1),
  runAs: optional(text(/^(ALL|[a-z_][a-z0-9_-]{0,31})$/, "ALL, or a user name")),
  noPassword: optional(flag),
});

const filePath = (want: SudoRuleProps): string => `/etc/sudoers.d/${want.name}`;

/** Characters that sudoers(5) takes for its own. */
const escaped = (command: string): string => command.replace(/[,:=\\#]/g, "\\$&");

const fileText = (want: SudoRuleProps): string => {
  const who = want.user ?? `%${want.group ?? ""}`;
  return `${who} ALL=(${want.runAs ?? "root"}) ${want.noPassword === true ? "NOPASSWD: " : ""}${want.commands.map(escaped).join(", ")}\n`;
};

/**
 * Who may do what as whom with sudo. visudo checks the rule before it is put in place.
 *
 * @example Alice may restart the web server
 * ```ts
 * sudoRule("web", { name: "web", user: "alice", commands: ["/usr/bin/systemctl restart nginx.service"], noPassword: true });
 * ```
 */
export const sudoRule = defineKind({
  kind: "sudo-rule",
  props,
  check: (want) =>
    (want.user === undefined) === (want.group === undefined) ? [{ path: "user", message: "a rule is for one user or one group", fix: "say either `user` or `group`" }] : [],
  owns: (want) => [pathSubject(filePath(want))],
  needs: (want) => ["package:sudo", ...(want.user === undefined ? [] : [`user:${want.user}`]), ...(want.group === undefined ? [] : [`group:${want.group}`])],
  risk: "connection",
  reads: (want) => ({ file: files(filePath(want)) }),
  diff: (want, { file }) => textChange("rule", file, fileText(want), "0440"),
  apply: (want) => [writeFile(filePath(want), fileText(want), { mode: "0440", prove: ["visudo", "-cf", "{}"] })],
  undo: (want) => [restore(filePath(want))],
  survey: {
    reads: { all: localFiles("/etc/sudoers.d") },
    items: ({ all }) =>
      all.flatMap((file) => {
        const text = plainText(file, "0440");
        const [, percent, who = "", runAs = "", noPassword, commands = ""] = /^(%?)([a-z_][a-z0-9_-]{0,31}) ALL=\((ALL|[a-z_][a-z0-9_-]{0,31})\) (NOPASSWD: )?([^\n]*)\n$/.exec(text ?? "") ?? [];
        const name = file.path.replace(/^.*\//, "");
        const want: SudoRuleProps = {
          name,
          ...(percent === "%" ? { group: who } : { user: who }),
          commands: commands.split(", ").map((command) => command.replace(/\\([,:=\\#])/g, "$1")),
          ...(runAs === "root" ? {} : { runAs }),
          ...(noPassword === undefined ? {} : { noPassword: true }),
        };
        return text === fileText(want) ? [{ name, want }] : [];
      }),
  },
});
