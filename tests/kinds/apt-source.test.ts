import { aptSource } from "#kinds/apt-source.ts";
import type { AptSourceProps } from "#kinds/apt-source.ts";
import { checkProps } from "#model/check-props.ts";
import { absent, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./apt-source.samples.ts";

kindLaws(aptSource, samples);

const ARMORED = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\nmDMEZ0\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
const want: AptSourceProps = { name: "docker", uris: ["https://download.docker.com/linux/debian"], suites: ["bookworm"], components: ["stable"], key: "/usr/share/keyrings/docker.gpg" };
const textOf = (wanted: AptSourceProps) => {
  const [step] = aptSource.apply(wanted, { file: absent });
  return step?.do === "write-file" ? step.content : "";
};

describe("apt-source", () => {
  test("writes a key file's path", () => {
    expect(textOf({ ...want, architectures: ["amd64"] })).toBe(
      "Types: deb\nURIs: https://download.docker.com/linux/debian\nSuites: bookworm\nComponents: stable\nArchitectures: amd64\nSigned-By: /usr/share/keyrings/docker.gpg\n",
    );
  });

  test("writes a key itself, with dots for empty lines", () => {
    expect(textOf({ ...want, key: ARMORED })).toContain("Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n Version: x\n .\n mDMEZ0\n =abcd\n -----END PGP PUBLIC KEY BLOCK-----\n");
  });

  test("fetches the lists of this source alone, after it is written", () => {
    const steps = aptSource.apply(want, { file: absent });
    expect(steps.map((step) => (step.do === "run" ? step.argv.at(-1) : step.do))).toEqual(["write-file", "update"]);
    expect(steps[1]).toMatchObject({ argv: expect.arrayContaining(["Dir::Etc::sourcelist=/etc/apt/sources.list.d/docker.sources"]) as string[] });
  });

  test("is right when the file is", () => {
    expect(aptSource.diff(want, { file: textFile(textOf(want)) })).toEqual([]);
    expect(aptSource.diff(want, { file: textFile("Types: deb\n") })).toHaveLength(1);
  });

  test.each([
    { components: [] },
    { suites: ["./"] },
    { suites: ["bookworm", "./"] },
  ])("refuses components that do not fit: %o", (wrong) => {
    expect(aptSource.check?.({ ...want, ...wrong })).toHaveLength(1);
  });

  test.each([{ name: "a.list" }, { uris: ["ftp://x y"] }, { uris: [] }, { key: "not a key" }, { key: `${ARMORED}Types: deb` }, { suites: ["a\nTrusted: yes"] }, { components: ["main contrib"] }])("refuses %o", (wrong) => {
    expect(checkProps(aptSource.props, { ...want, ...wrong }, "here")).not.toEqual([]);
  });
});

test.each<[string, AptSourceProps]>([
  ["a key file", want],
  ["an armored key", { ...want, key: ARMORED }],
  ["everything", { ...want, types: ["deb", "deb-src"], uris: ["https://a.example", "https://b.example"], suites: ["bookworm", "bookworm-updates"], architectures: ["amd64", "arm64"] }],
])("what an item with %s wrote is found again as that item", (_, wanted) => {
  const bytes = Buffer.from(textOf(wanted));
  const file = { type: "file", path: "/etc/apt/sources.list.d/docker.sources", mode: "0644", owner: "root", group: "root", size: bytes.length, bytes } as const;
  expect(aptSource.survey?.items({ all: [file] })).toEqual([{ name: "docker", want: wanted }]);
  expect(aptSource.survey?.items({ all: [{ ...file, bytes: Buffer.from(`${bytes.toString()}Enabled: no\n`) }] })).toEqual([]);
  expect(aptSource.survey?.items({ all: [{ ...file, mode: "0600" }] })).toEqual([]);
});
