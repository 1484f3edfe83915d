import type { SystemdServiceProps } from "#kinds/systemd-service.ts";
import type { Sample, Start } from "../support/kind-laws.ts";

const unit = "labjob.service";
const path = `/etc/systemd/system/${unit}`;
/** Of a unit in /usr/lib, so that it can be masked. */
const vendor = `/usr/lib/systemd/system/${unit}`;
const text = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n";
const tidy = [["sh", "-c", `systemctl unmask ${unit}; systemctl disable --now ${unit}; rm -f ${path} ${vendor}; systemctl daemon-reload`]];

const there = (name: string, commands: readonly (readonly string[])[] = [], words = text): Start => ({
  name,
  arrange: [["sh", "-c", 'printf %s "$2" >"$1"; systemctl daemon-reload', "sh", vendor, words], ...commands],
  tidy,
});

/** Wants that the laws are tried with; a host without the unit is left out where it must be there. */
export const samples: readonly Sample<SystemdServiceProps>[] = [
  {
    name: "a service that runs",
    want: { unit: "cron.service" },
    on: ["machine"],
    packages: ["cron"],
    starts: [
      { name: "stopped it", arrange: [["systemctl", "stop", "cron.service"]], tidy: [["systemctl", "start", "cron.service"]] },
      { name: "disabled it", arrange: [["systemctl", "disable", "cron.service"]], tidy: [["systemctl", "enable", "cron.service"]] },
      { name: "masked it", arrange: [["systemctl", "mask", "--now", "cron.service"]], tidy: [["systemctl", "unmask", "cron.service"], ["systemctl", "start", "cron.service"]] },
    ],
  },
  {
    name: "a masked service",
    want: { unit, startup: "masked", state: "stopped" },
    on: ["machine"],
    starts: [
      there("has it, unused"),
      there("has it, running", [["systemctl", "enable", "--now", unit]]),
      there("has it without [Install]", [["systemctl", "start", unit]], "[Service]\nExecStart=/bin/sleep 1000\n"),
    ],
  },
  {
    name: "a disabled service",
    want: { unit, startup: "disabled", state: "stopped" },
    on: ["machine"],
    starts: [there("has it, running", [["systemctl", "enable", "--now", unit]]), there("has it, masked", [["systemctl", "mask", unit]])],
  },
];
