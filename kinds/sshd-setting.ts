import { files, textChange } from "#facts/files.ts";
import { localFiles, plainText } from "#facts/local-files.ts";
import { SSHD_DROP_INS, SSHD_KEYWORDS, sshdSettings } from "#facts/sshd-settings.ts";
import type { SshdKeyword } from "#facts/sshd-settings.ts";
import { change } from "#model/change.ts";
import { defineKind, parentSubjects, pathSubject } from "#model/kind.ts";
import { oneOf, propsOf, text } from "#model/schema.ts";
import { restore, run, writeFile } from "#model/step.ts";

/** Desired setting of the ssh server, as written in a stack. */
export interface SshdSettingProps {
  /** A keyword of sshd_config(5), spelled as there; `Match` and `Include` are not settings. */
  setting: SshdKeyword;
  /** The rest of the line; sshd itself checks it before it is put in place. */
  value: string;
}

const props = propsOf<SshdSettingProps>()({
  setting: oneOf(...SSHD_KEYWORDS),
  value: text(/^[^\s#\p{Cc}]([^#\p{Cc}]*[^\s#\p{Cc}])?$/u, "the rest of the line after the keyword, without a comment"),
});

const keyword = (want: SshdSettingProps): string => want.setting.toLowerCase();
const filePath = (want: SshdSettingProps): string => `${SSHD_DROP_INS}${keyword(want)}.conf`;
const fileText = (want: SshdSettingProps): string => `${want.setting} ${want.value}\n`;

/** sshd checks nothing without its runtime directory; where sshd is still to be installed, the check waits. */
const PROVE = [
  "sh",
  "-c",
  `command -v sshd >/dev/null || exit 0
test -d /run/sshd || { mkdir -p /run/sshd; trap 'rmdir /run/sshd' EXIT; }
sshd -t -f "$1"`,
  "sshd",
  "{}",
];

/**
 * One setting of the ssh server, in a file of its own that is read before all others. sshd checks the file before it is
 * put in place, and reloads at the end; sessions that are open stay. A setting that may be given several times (`Port`,
 * `AcceptEnv`) adds to what the distribution's own configuration says.
 *
 * @example No passwords
 * ```ts
 * sshdSetting("no passwords", { setting: "PasswordAuthentication", value: "no" });
 * ```
 */
export const sshdSetting = defineKind({
  kind: "sshd-setting",
  props,
  check: ({ setting, value }) =>
    setting !== "Port" || (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535)
      ? []
      : [{ path: "value", message: `${JSON.stringify(value)} is no port`, fix: "a port from 1 to 65535" }],
  owns: (want) => [`sshd:${want.setting}`, pathSubject(filePath(want))],
  needs: (want) => ["package:openssh-server", ...parentSubjects(filePath(want))],
  watches: (want) => [`sshd:${want.setting}`],
  // 5: there is no such unit, when the server goes with this very change.
  react: () => [run(["systemctl", "try-reload-or-restart", "ssh.service"], { running: true, exitCodes: [0, 5] })],
  risk: "connection",
  reads: (want) => ({ file: files(filePath(want)), sshd: sshdSettings(keyword(want)) }),
  diff(want, have) {
    const file = textChange("file", have.file, fileText(want));
    if (file.length > 0 || have.sshd === undefined) return file;
    const { effective, declared } = have.sshd;
    return declared.every((value) => effective.includes(value)) ? [] : change("effective", [...effective], [...declared]);
  },
  apply: (want) => [writeFile(filePath(want), fileText(want), { prove: PROVE })],
  undo: (want) => [restore(filePath(want))],
  // Only what an item itself would write: any other drop-in is a `file`, as it may say more.
  survey: {
    reads: { all: localFiles("/etc/ssh/sshd_config.d") },
    items: ({ all }) =>
      all.flatMap((file) => {
        const [, word, value = ""] = /^(\S+) (.*)\n$/.exec(plainText(file) ?? "") ?? [];
        const setting = SSHD_KEYWORDS.find((one) => one === word);
        return setting !== undefined && file.path === filePath({ setting, value }) ? [{ name: setting, want: { setting, value } }] : [];
      }),
  },
});
