import type { SshdSettingProps } from "#kinds/sshd-setting.ts";
import type { Sample } from "../support/kind-laws.ts";

const file = "/etc/ssh/sshd_config.d/00-steading-logingracetime.conf";

/** Settings that the laws are tried with. */
export const samples: readonly Sample<SshdSettingProps>[] = [
  {
    name: "a time in words",
    want: { setting: "LoginGraceTime", value: "1m" },
    boots: true,
    on: ["machine"],
    packages: ["openssh-server"],
    tampers: [{ name: "somebody edits the drop-in", run: [["sh", "-c", `echo LoginGraceTime 99 >${file}`]] }],
    survives: [{ name: "a restart of sshd", run: [["systemctl", "restart", "ssh.service"]] }],
    starts: [
      { name: "has another value in the drop-in", arrange: [["sh", "-c", `echo LoginGraceTime 30 >${file}`]], tidy: [["rm", file]] },
      { name: "has it as wanted", arrange: [["sh", "-c", `echo LoginGraceTime 1m >${file}`]], tidy: [["rm", file]] },
    ],
  },
  { name: "a word that sshd spells differently", boots: true, want: { setting: "PermitRootLogin", value: "prohibit-password" }, on: ["machine"], packages: ["openssh-server"] },
  { name: "a list that adds to the distribution's", want: { setting: "AcceptEnv", value: "STEADING_A STEADING_B" }, on: ["machine"], packages: ["openssh-server"] },
];
