import { systemdTimer } from "#kinds/systemd-timer.ts";
import type { SystemdTimerProps } from "#kinds/systemd-timer.ts";
import type { Step } from "#model/step.ts";
import { absent, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./systemd-timer.samples.ts";

kindLaws(systemdTimer, samples);

const want: SystemdTimerProps = { unit: "backup.service", onCalendar: "03:00" };
const text = "[Unit]\nDescription=Starts backup.service\n\n[Timer]\nOnCalendar=03:00\nPersistent=no\nUnit=backup.service\n\n[Install]\nWantedBy=timers.target\n";
const file = textFile(text);
const runs = { startup: "enabled", active: "active", stale: false };
const none = { startup: "", active: "inactive", stale: false };
const words = (steps: readonly Step[]) => steps.map((step) => (step.do === "run" ? step.argv.slice(1).join(" ") : step.do));

describe("systemd-timer", () => {
  test.each([
    { name: "nothing is there", have: { file: absent, unit: none }, fields: ["file", "enabled", "running"] },
    { name: "all is right", have: { file, unit: runs }, fields: [] },
    { name: "it was stopped", have: { file, unit: { ...runs, active: "inactive" } }, fields: ["running"] },
    { name: "it was disabled", have: { file, unit: { ...runs, startup: "disabled" } }, fields: ["enabled"] },
    { name: "systemd did not read it yet", have: { file, unit: { ...runs, stale: true } }, fields: ["loaded"] },
    { name: "the tree is not booted", have: { file, unit: { startup: "enabled" } }, fields: [] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(systemdTimer.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  test("writes what was declared", () => {
    const [step] = systemdTimer.apply({ ...want, persistent: true, randomizedDelay: "30min" }, { file: absent, unit: none });
    expect(step?.do === "write-file" ? step.content : "").toContain("Persistent=yes\nRandomizedDelaySec=30min\nUnit=backup.service\n");
  });

  test.each([
    { name: "nothing", before: { file: absent, unit: none }, steps: ["stop backup.timer", "disable backup.timer", "restore", "restore", "daemon-reload"] },
    { name: "a timer that ran", before: { file, unit: runs }, steps: ["restore", "daemon-reload", "restart backup.timer"] },
    { name: "a timer that did not run", before: { file, unit: { ...none, startup: "disabled" } }, steps: ["stop backup.timer", "disable backup.timer", "restore", "daemon-reload"] },
  ])("undo brings back $name", ({ before, steps }) => {
    expect(words(systemdTimer.undo(want, before) as readonly Step[])).toEqual(steps);
  });
});
