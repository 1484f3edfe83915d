import { files, textChange } from "#facts/files.ts";
import { localFiles, plainText } from "#facts/local-files.ts";
import { defineKind, pathSubject } from "#model/kind.ts";
import { either, list, oneOf, optional, path, propsOf, text } from "#model/schema.ts";
import { restore, run, writeFile } from "#model/step.ts";

/** Desired source of packages, as written in a stack. */
export interface AptSourceProps {
  /** Name of the file in /etc/apt/sources.list.d. */
  name: string;
  /** Where the archive is: `https://download.docker.com/linux/debian`. */
  uris: readonly string[];
  /** Distributions such as `bookworm`; or one path that ends with `/`, for an archive without them. */
  suites: readonly string[];
  /** Such as `main`; none for an archive without distributions. */
  components?: readonly string[];
  /** The key that signs it: armored (`-----BEGIN PGP PUBLIC KEY BLOCK-----`), or the path of a key file on the host. */
  key: string;
  /** Packages, sources, or both. @defaultValue `["deb"]` */
  types?: readonly ("deb" | "deb-src")[];
  /** Only for these architectures. @defaultValue all of the host */
  architectures?: readonly string[];
}

const word = text(/^[A-Za-z0-9][A-Za-z0-9._/~+-]*$/, "one word such as main");
const armored = text(
  /^-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([A-Za-z]+: [^\p{Cc}]*\r?\n)*\r?\n([A-Za-z0-9+/=]+\r?\n)+-----END PGP PUBLIC KEY BLOCK-----\s*$/u,
  "an armored public key, or an absolute path",
);

const props = propsOf<AptSourceProps>()({
  name: text(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "letters, digits, - and _, without .sources"),
  uris: list(text(/^(https?|file|mirror\+https?):\/?\/?[^\s\p{Cc}]+$/u, "a URI such as https://deb.debian.org/debian"), 1),
  suites: list(text(/^[A-Za-z0-9./][A-Za-z0-9._/~+-]*$/, "a distribution such as bookworm"), 1),
  components: optional(list(word)),
  key: either(armored, path),
  types: optional(list(oneOf("deb", "deb-src"), 1)),
  architectures: optional(list(text(/^[a-z0-9-]+$/, "an architecture such as amd64"), 1)),
});

const filePath = (want: AptSourceProps): string => `/etc/apt/sources.list.d/${want.name}.sources`;

/** A field of several lines: each starts with a blank, an empty one is a dot (deb822(5)). */
const indented = (text: string): string =>
  text.trim().split(/\r?\n/).map((line) => `\n ${line === "" ? "." : line}`).join("");

const fileText = (want: AptSourceProps): string =>
  [
    `Types: ${(want.types ?? ["deb"]).join(" ")}`,
    `URIs: ${want.uris.join(" ")}`,
    `Suites: ${want.suites.join(" ")}`,
    ...(want.components === undefined || want.components.length === 0 ? [] : [`Components: ${want.components.join(" ")}`]),
    ...(want.architectures === undefined ? [] : [`Architectures: ${want.architectures.join(" ")}`]),
    `Signed-By:${want.key.startsWith("/") ? ` ${want.key}` : indented(want.key)}`,
  ].join("\n") + "\n";

/** A file of one source, read back; whatever it says in other words is not the same text. */
function asFound(name: string, text: string): AptSourceProps {
  const field = (key: string): readonly string[] => new RegExp(`^${key}: (.*)$`, "m").exec(text)?.[1]?.split(" ") ?? [];
  const [types, components, architectures] = [field("Types").filter((type) => type === "deb" || type === "deb-src"), field("Components"), field("Architectures")];
  const armor = /^Signed-By:\n((?: .*\n)+)/m.exec(text)?.[1]?.replace(/^ \.?/gm, "");
  return {
    name,
    uris: field("URIs"),
    suites: field("Suites"),
    ...(components.length === 0 ? {} : { components }),
    key: armor ?? field("Signed-By").join(" "),
    ...(types.join() === "deb" ? {} : { types }),
    ...(architectures.length === 0 ? {} : { architectures }),
  };
}

/**
 * A source of packages in deb822 form, good for exactly the key that is given. When it changes, its lists are fetched at
 * once, before packages are installed; a source that cannot be reached or is signed by another key fails the whole apply.
 *
 * @example Packages of a friend, without distributions
 * ```ts
 * aptSource("friend", { name: "friend", uris: ["https://apt.example.org"], suites: ["./"], key: "/usr/share/keyrings/friend.gpg" });
 * ```
 */
export const aptSource = defineKind({
  kind: "apt-source",
  props,
  check: (want) => {
    const isFlat = want.suites.every((suite) => suite.endsWith("/"));
    if (!isFlat && want.suites.some((suite) => suite.endsWith("/"))) return [{ path: "suites", message: "a path among distributions", fix: "declare two sources" }];
    const hasComponents = (want.components ?? []).length > 0;
    if (isFlat === !hasComponents) return [];
    return [{ path: "components", message: isFlat ? "a path has no components" : "a distribution needs components", fix: isFlat ? "leave `components` out" : 'say `components`, for example ["main"]' }];
  },
  owns: (want) => [`apt-source:${want.name}`, pathSubject(filePath(want))],
  needs: (want) => (want.key.startsWith("/") ? [pathSubject(want.key)] : []),
  risk: "none",
  reads: (want) => ({ file: files(filePath(want)) }),
  diff: (want, { file }) => textChange("source", file, fileText(want)),
  apply: (want) => [
    writeFile(filePath(want), fileText(want)),
    run(
      ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "APT::Update::Error-Mode=any", "-o", "APT::Get::List-Cleanup=0", "-o", "Dir::Etc::sourceparts=-", "-o", `Dir::Etc::sourcelist=${filePath(want)}`, "update"],
      { env: { LC_ALL: "C.UTF-8" } },
    ),
  ],
  undo: (want) => [restore(filePath(want))],
  survey: {
    reads: { all: localFiles("/etc/apt/sources.list.d") },
    items: ({ all }) =>
      all.flatMap((file) => {
        const name = /([^/]*)\.sources$/.exec(file.path)?.[1];
        const text = plainText(file) ?? "";
        const want = name === undefined ? undefined : asFound(name, text);
        return name !== undefined && want !== undefined && fileText(want) === text ? [{ name, want }] : [];
      }),
  },
});
