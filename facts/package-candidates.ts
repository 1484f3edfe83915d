import { defineFact } from "#model/fact.ts";

/** What the package lists offer. */
export interface PackageCandidate {
  /** The version that would be installed; undefined when the lists do not know the package, or it was not asked (it is installed). */
  readonly version?: string;
  /** The lists are younger than a day. */
  readonly fresh: boolean;
}

/**
 * What apt would install, by package name; the subject `""` asks nothing. Only packages that are not installed are looked
 * up, so that a host with nothing to do answers without starting apt. apt's caches are neither read nor written.
 */
export const packageCandidates = defineFact<PackageCandidate>({
  fact: "package-candidates",
  script: `
command -v apt-cache >/dev/null || exit 0
missing=
for name do
  for list in /var/lib/dpkg/info/"$name".list /var/lib/dpkg/info/"$name":*.list; do test -e "$list" && continue 2; done
  missing="$missing $name"
done
test -n "\${missing# }" || exit 0
test -n "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1 2>/dev/null)" && echo fresh
LC_ALL=C apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= policy -- $missing 2>/dev/null
exit 0
`,
  parse(output, subjects) {
    const fresh = output.startsWith("fresh\n");
    const versions = new Map<string, string>();
    let name = "";
    for (const line of output.split("\n")) {
      name = /^(\S+):$/.exec(line)?.[1] ?? name;
      const version = /^ {2}Candidate: (\S+)$/.exec(line)?.[1];
      if (version !== undefined && version !== "(none)") versions.set(name, version);
    }
    return new Map(
      subjects.map((subject) => {
        const version = versions.get(subject);
        return [subject, { fresh, ...(version === undefined ? {} : { version }) }];
      }),
    );
  },
});
