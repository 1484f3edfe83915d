import type { LocaleAndTimezoneProps } from "#kinds/locale-and-timezone.ts";
import type { Sample } from "../support/kind-laws.ts";

/** Languages and zones that the laws are tried with. */
export const samples: readonly Sample<LocaleAndTimezoneProps>[] = [
  {
    name: "English in Lisbon",
    want: { locale: "en_GB.UTF-8", timezone: "Europe/Lisbon" },
    boots: true,
    on: ["machine"],
    packages: ["locales", "tzdata"],
    tampers: [
      { name: "somebody moves", run: [["ln", "-sf", "/usr/share/zoneinfo/Asia/Tokyo", "/etc/localtime"]] },
      { name: "the language is C", run: [["update-locale", "LANG=C.UTF-8"]] },
      { name: "the locale is no longer made", run: [["sh", "-c", "sed -i 's/^en_GB/# en_GB/' /etc/locale.gen && locale-gen"]] },
    ],
    starts: [
      {
        name: "has another zone and no language",
        arrange: [["sh", "-c", "cp -a /etc/localtime /root/localtime.kept 2>/dev/null || :; ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime"]],
        tidy: [["sh", "-c", "rm /etc/localtime; if test -L /root/localtime.kept; then mv /root/localtime.kept /etc/localtime; fi"]],
      },
    ],
  },
  { name: "the language of C", want: { locale: "C.UTF-8", timezone: "Etc/UTC" }, on: ["machine"], packages: ["tzdata"] },
];
