import { defineFact } from "#model/fact.ts";

/** A table of the packet filter. */
export interface NftablesTableState {
  /** The table in the kernel, as nft(8) prints it, without counters; undefined when there is none. */
  readonly running?: string;
  /** What the table's file means, in the same words: loaded into an empty network namespace and printed. Undefined when it cannot be. */
  readonly declared?: string;
}

/** Where the files of tables are. */
export const NFTABLES_FOLDER = "/etc/nftables.d";

/** The file of a table: `inet steading` is /etc/nftables.d/inet-steading.nft. */
export const nftablesFile = (table: string): string => `${NFTABLES_FOLDER}/${table.replace(" ", "-")}.nft`;

/**
 * Tables of the packet filter by `family name`; undefined on an unbooted tree, and where there is no nft.
 *
 * nft prints rules in its own words (`{22,80}` becomes `{ 22, 80 }`, `priority 0` becomes `priority filter`), which differ
 * between versions. So the host's own nft says what the declared file means, where it cannot touch anything.
 */
export const nftablesTables = defineFact<NftablesTableState | undefined>({
  fact: "nftables-tables",
  script: `
test -n "$booted" && command -v nft >/dev/null || exit 0
echo nft
for table do
  family=\${table%% *}
  name=\${table#* }
  file=${NFTABLES_FOLDER}/$family-$name.nft
  echo "table $table"
  nft -s list table "$family" "$name" 2>/dev/null | sed 's/^/running /'
  test -f "$file" || continue
  unshare --net sh -c 'nft -f "$1" && nft -s list table "$2" "$3"' _ "$file" "$family" "$name" 2>/dev/null | sed 's/^/declared /'
done
`,
  parse(output, subjects) {
    const [head, ...parts] = output.split(/^table (?=\S+ \S+$)/m);
    if (head?.trim() !== "nft") return new Map(subjects.map((subject) => [subject, undefined]));
    const found = new Map<string, NftablesTableState>();
    for (const part of parts) {
      const [table = "", ...lines] = part.split("\n");
      const text = (word: string): string => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : [])).join("\n");
      const running = text("running");
      const declared = text("declared");
      found.set(table, { ...(running === "" ? {} : { running }), ...(declared === "" ? {} : { declared }) });
    }
    return new Map(
      subjects.map((subject) => {
        const state = found.get(subject);
        if (!state) throw new Error(`there is nothing about table ${subject}`);
        return [subject, state];
      }),
    );
  },
});
