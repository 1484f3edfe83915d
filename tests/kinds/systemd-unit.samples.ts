import type { SystemdUnitProps } from "#kinds/systemd-unit.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/systemd/system/labjob.service";
const text = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
const write = (words: string) => [["sh", "-c", 'printf %s "$2" >"$1"; systemctl daemon-reload', "sh", path, words]];
const tidy = [["rm", "-f", path], ["systemctl", "daemon-reload"]];

/** Wants that the laws are tried with. */
export const samples: readonly Sample<SystemdUnitProps>[] = [
  {
    name: "a unit file",
    want: { unit: "labjob.service", content: text },
    on: ["machine"],
    starts: [
      { name: "has it", arrange: write(text), tidy },
      { name: "has another one", arrange: write("[Service]\nExecStart=/bin/false\n"), tidy },
      { name: "has it, but systemd did not read it", arrange: [...write("[Service]\nExecStart=/bin/false\n"), ["systemctl", "start", "cron.service"], ["sh", "-c", 'printf %s "$2" >"$1"', "sh", path, text]], tidy },
    ],
  },
  { name: "a drop-in", want: { unit: "cron.service", dropIn: "50-memory", content: "[Service]\nMemoryMax=256M\n" }, on: ["machine"] },
  { name: "a template", want: { unit: "labjob@.service", content: text }, on: ["machine"] },
];
