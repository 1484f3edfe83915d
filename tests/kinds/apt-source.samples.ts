import type { AptSourceProps } from "#kinds/apt-source.ts";
import type { Sample } from "../support/kind-laws.ts";

const path = "/etc/apt/sources.list.d/lab.sources";

/** Wants that the laws are tried with: Debian's own archive once more, which every machine can reach or not. */
export const samples: readonly Sample<AptSourceProps>[] = [
  {
    name: "Debian's archive",
    want: { name: "lab", uris: ["http://deb.debian.org/debian"], suites: ["bookworm-updates"], components: ["non-free-firmware"], key: "/usr/share/keyrings/debian-archive-keyring.gpg" },
    on: ["machine"],
    starts: [{ name: "has it for another suite", arrange: [["sh", "-c", `printf 'Types: deb\\nURIs: http://deb.debian.org/debian\\nSuites: sid\\nComponents: main\\nEnabled: no\\n' >${path}`]], tidy: [["rm", "-f", path]] }],
  },
];
