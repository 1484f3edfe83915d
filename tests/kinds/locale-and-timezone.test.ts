import { localeAndTimezone } from "#kinds/locale-and-timezone.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { absent, link, textFile } from "../support/file-state.ts";
import { samples } from "./locale-and-timezone.samples.ts";

kindLaws(localeAndTimezone, samples);

const want = { locale: "en_GB.UTF-8", timezone: "Europe/Berlin" };
const right = {
  generated: "# a comment\nen_GB.UTF-8 UTF-8\n",
  available: true,
  defaults: "LANG=en_GB.UTF-8\n",
  link: textFile("LANG=en_GB.UTF-8\n"),
  localtime: link("../usr/share/zoneinfo/Europe/Berlin"),
  timezone: "Europe/Berlin\n",
};

describe("locale-and-timezone", () => {
  test.each([
    { name: "all is right", have: right, fields: [] },
    { name: "the language is quoted", have: { ...right, defaults: 'LANG="en_GB.UTF-8"\n' }, fields: [] },
    { name: "there is no /etc/timezone, as in Debian 13", have: { ...right, timezone: undefined }, fields: [] },
    { name: "the two files of the zone disagree", have: { ...right, timezone: "Asia/Tokyo\n" }, fields: ["timezone file"] },
    { name: "the locale was never made", have: { ...right, available: false }, fields: ["generated"] },
    { name: "its line is a comment", have: { ...right, generated: "# en_GB.UTF-8 UTF-8\n" }, fields: ["generated"] },
    { name: "localtime is a copy", have: { ...right, localtime: textFile("TZif") }, fields: ["timezone"] },
    { name: "nothing is there", have: { generated: undefined, available: false, defaults: undefined, link: absent, localtime: absent, timezone: undefined }, fields: ["locale", "generated", "timezone"] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(localeAndTimezone.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  const writes = (have: Parameters<typeof localeAndTimezone.apply>[1]) =>
    localeAndTimezone.apply(want, have).flatMap((step) => (step.do === "write-file" ? [[step.path, step.content]] : []));

  test("keeps the other settings of the language", () => {
    expect(writes({ ...right, defaults: "LANG=C\nLC_TIME=de_DE.UTF-8\n" })).toContainEqual(["/etc/default/locale", "LC_TIME=de_DE.UTF-8\nLANG=en_GB.UTF-8\n"]);
  });

  test("follows Debian 13's link to /etc/locale.conf", () => {
    expect(writes({ ...right, link: link("../locale.conf") })).toContainEqual(["/etc/locale.conf", "LANG=en_GB.UTF-8\n"]);
  });

  test("takes its line out of the comments", () => {
    expect(writes({ ...right, generated: "# de_DE.UTF-8 UTF-8\n# en_GB.UTF-8 UTF-8\n" })).toContainEqual(["/etc/locale.gen", "# de_DE.UTF-8 UTF-8\nen_GB.UTF-8 UTF-8\n"]);
  });

  test("makes no locale that glibc has built in", () => {
    const steps = localeAndTimezone.apply({ ...want, locale: "C.UTF-8" }, { ...right, available: false });
    expect(steps.some((step) => step.do === "run" && step.argv[0] === "locale-gen")).toBe(false);
  });
});
