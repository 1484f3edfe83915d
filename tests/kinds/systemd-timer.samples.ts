import type { SystemdTimerProps } from "#kinds/systemd-timer.ts";
import type { Sample } from "../support/kind-laws.ts";

const timer = "/etc/systemd/system/cron.timer";
const makeTimer = ["sh", "-c", 'printf "[Timer]\\nOnCalendar=monthly\\n[Install]\\nWantedBy=timers.target\\n" >"$1"; systemctl daemon-reload', "sh", timer];
const tidy = [["sh", "-c", `systemctl disable --now cron.timer; systemctl unmask cron.timer; rm -f ${timer}; systemctl daemon-reload`]];

/** Wants that the laws are tried with. */
export const samples: readonly Sample<SystemdTimerProps>[] = [
  // A timer cannot start without its service: this one is there.
  {
    name: "a nightly job",
    want: { unit: "cron.service", onCalendar: "03:00", persistent: true, randomizedDelay: "30min" },
    on: ["machine"],
    packages: ["cron"],
    starts: [
      { name: "has another timer that runs", arrange: [makeTimer, ["systemctl", "enable", "--now", "cron.timer"]], tidy },
      { name: "has another timer that does not run", arrange: [makeTimer], tidy },
    ],
  },
];
