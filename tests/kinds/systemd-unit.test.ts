import { systemdUnit } from "#kinds/systemd-unit.ts";
import { absent, folder, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./systemd-unit.samples.ts";

kindLaws(systemdUnit, samples);

const content = "[Service]\nMemoryMax=1G\n";
const want = { unit: "cron.service", content };
const dropIn = { ...want, dropIn: "50-memory" };
const unit = { startup: "enabled", active: "active", stale: false };

describe("systemd-unit", () => {
  test.each([
    { name: "nothing is there", have: { file: absent, folder: folder(), unit }, fields: ["content"] },
    { name: "the file is right", have: { file: textFile(content), folder: folder(), unit }, fields: [] },
    { name: "systemd did not read it yet", have: { file: textFile(content), folder: folder(), unit: { ...unit, stale: true } }, fields: ["loaded"] },
    { name: "the tree is not booted", have: { file: textFile(content), folder: folder(), unit: { startup: "enabled" } }, fields: [] },
    { name: "the file may be written by all", have: { file: textFile(content, "0666"), folder: folder(), unit }, fields: ["content"] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(systemdUnit.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  test.each([
    { wanted: want, path: "/etc/systemd/system/cron.service" },
    { wanted: dropIn, path: "/etc/systemd/system/cron.service.d/50-memory.conf" },
  ])("is at $path", ({ wanted, path }) => {
    expect(systemdUnit.owns(wanted)).toEqual([`path:${path}`]);
  });

  test("makes the folder of a drop-in, and removes it on undo", () => {
    const have = { file: absent, folder: absent, unit };
    expect(systemdUnit.apply(dropIn, have).map((step) => step.do)).toEqual(["make-directory", "write-file", "run"]);
    expect(systemdUnit.undo(dropIn, have)).toMatchObject([{ do: "restore" }, { do: "remove", path: "/etc/systemd/system/cron.service.d" }, { do: "run" }]);
  });
});
