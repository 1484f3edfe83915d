import { posix } from "node:path";
import { files } from "#facts/files.ts";
import type { FileState } from "#facts/files.ts";
import { locales } from "#facts/locales.ts";
import { texts } from "#facts/texts.ts";
import { change } from "#model/change.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { propsOf, text } from "#model/schema.ts";
import { makeSymlink, restore, run, writeFile } from "#model/step.ts";
import type { Step } from "#model/step.ts";

/** Desired language and time zone, as written in a stack. */
export interface LocaleAndTimezoneProps {
  /** The system's `LANG`, made if it is not there: `en_GB.UTF-8`; `C.UTF-8` needs no package. */
  locale: string;
  /** A name of the tz database: `Europe/Berlin`. */
  timezone: string;
}

const LOCALE = /^(C|[a-z]{2,3}_[A-Z]{2})\.UTF-8$/;
const ZONE = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/;

const props = propsOf<LocaleAndTimezoneProps>()({
  locale: text(LOCALE, "a UTF-8 locale such as en_GB.UTF-8"),
  timezone: text(ZONE, "a zone of the tz database such as Europe/Berlin"),
});

const GENERATED_FILE = "/etc/locale.gen";
const LANG_FILE = "/etc/default/locale";
/** Where Debian 13 keeps it; LANG_FILE is a link to it there. */
const LINKED_FILE = "/etc/locale.conf";
const LOCALTIME = "/etc/localtime";
const ZONES = "/usr/share/zoneinfo";
const TIMEZONE_FILE = "/etc/timezone";

const isBuiltIn = (want: LocaleAndTimezoneProps): boolean => want.locale === "C.UTF-8";
const generatedLine = (want: LocaleAndTimezoneProps): string => `${want.locale} UTF-8`;
const langOf = (defaults: string | undefined): string | undefined => /^LANG="?([^"\n]*)"?$/m.exec(defaults ?? "")?.[1];

/** The text with the lines that `isOld` names replaced by one. */
const withLine = (have: string | undefined, isOld: (line: string) => boolean, line: string): string =>
  [...(have ?? "").split("\n").filter((other) => other !== "" && !isOld(other)), line, ""].join("\n");

/** Debian 13 keeps the setting in /etc/locale.conf, and a link in the old place. */
const langFile = (link: FileState): string => (link.type === "symlink" ? posix.resolve(posix.dirname(LANG_FILE), link.target) : LANG_FILE);

/** The zone that /etc/localtime links to; its type where it is no link. */
const zoneOf = (localtime: FileState): string | undefined =>
  localtime.type === "symlink" ? localtime.target.replace(/^.*\/zoneinfo\//, "") : localtime.type === "absent" ? undefined : localtime.type;

/** Makes the locale, if glibc does not bring it along. */
const generate = (want: LocaleAndTimezoneProps, have: { generated: string | undefined; available: boolean }): readonly Step[] =>
  isBuiltIn(want) || (have.available && hasLine(want, have.generated))
    ? []
    : [
        writeFile(GENERATED_FILE, withLine(have.generated, (line) => line.replace(/^[#\s]+/, "").trim() === generatedLine(want), generatedLine(want))),
        run(["locale-gen", "--keep-existing"]),
      ];

const hasLine = (want: LocaleAndTimezoneProps, generated: string | undefined): boolean =>
  generated?.split("\n").some((line) => line.trim() === generatedLine(want)) ?? false;

/**
 * The language of the system and its time zone. The locale is generated where it is missing, and stays generated through
 * upgrades. Programs that run go on with what they started with.
 *
 * @example English, in Berlin
 * ```ts
 * localeAndTimezone("here", { locale: "en_GB.UTF-8", timezone: "Europe/Berlin" });
 * ```
 */
export const localeAndTimezone = defineKind({
  kind: "locale-and-timezone",
  props,
  owns: (want) => ["locale", "timezone", ...[LANG_FILE, LINKED_FILE, LOCALTIME, TIMEZONE_FILE, ...(isBuiltIn(want) ? [] : [GENERATED_FILE])].map(pathSubject)],
  needs: (want) => ["package:tzdata", ...(isBuiltIn(want) ? [] : ["package:locales"])],
  risk: "none",
  reads: (want) => ({
    generated: texts(GENERATED_FILE),
    available: locales(want.locale),
    defaults: texts(LANG_FILE),
    link: files(LANG_FILE),
    localtime: files(LOCALTIME),
    timezone: texts(TIMEZONE_FILE),
  }),
  diff: (want, have) => [
    ...change("locale", langOf(have.defaults), want.locale),
    ...(isBuiltIn(want) ? [] : change("generated", have.available && hasLine(want, have.generated), true)),
    ...change("timezone", zoneOf(have.localtime), want.timezone),
    ...(have.timezone === undefined ? [] : change("timezone file", have.timezone.trim(), want.timezone)),
  ],
  apply: (want, have) => [
    ...generate(want, have),
    writeFile(langFile(have.link), withLine(have.defaults, (line) => line.startsWith("LANG="), `LANG=${want.locale}`)),
    run(["test", "-e", `${ZONES}/${want.timezone}`]),
    makeSymlink(LOCALTIME, `${ZONES}/${want.timezone}`),
    ...(have.timezone === undefined ? [] : [writeFile(TIMEZONE_FILE, `${want.timezone}\n`)]),
  ],
  undo: (want, before) => [
    ...(before.timezone === undefined ? [] : [restore(TIMEZONE_FILE)]),
    restore(LOCALTIME),
    restore(langFile(before.link)),
    ...(generate(want, before).length === 0 ? [] : [restore(GENERATED_FILE), ...(before.generated === undefined ? [] : [run(["locale-gen"])])]),
  ],
  survey: {
    reads: { defaults: texts(LANG_FILE), localtime: files(LOCALTIME) },
    items({ defaults, localtime }) {
      const [locale, timezone] = [langOf(defaults), zoneOf(localtime)];
      return locale !== undefined && timezone !== undefined && LOCALE.test(locale) && ZONE.test(timezone) ? [{ name: "here", want: { locale, timezone } }] : [];
    },
  },
});
