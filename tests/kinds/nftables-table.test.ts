import { checkProps } from "#model/check-props.ts";
import { nftablesTable } from "#kinds/nftables-table.ts";
import type { NftablesRule } from "#kinds/nftables-table.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { absent, folder, textFile } from "../support/file-state.ts";
import { samples } from "./nftables-table.samples.ts";

kindLaws(nftablesTable, samples);

const want = { name: "firewall", chains: { input: { hook: "input", policy: "drop", rules: ["iif lo accept", { protocol: "tcp", ports: [22] }] } } } as const;
const nothing = { file: absent, folder: absent, unit: absent, wants: folder(), link: absent, table: undefined };

/** The file that apply writes for a table. */
const textOf = (table: Parameters<typeof nftablesTable.apply>[0]): string => {
  const step = nftablesTable.apply(table, nothing).find((one) => one.do === "write-file");
  if (step?.do !== "write-file") throw new Error("no file");
  return step.content;
};

const right = (() => {
  const written = nftablesTable.apply(want, nothing).flatMap((step) => (step.do === "write-file" ? [textFile(step.content)] : []));
  const linked = nftablesTable.apply(want, nothing).flatMap((step) => (step.do === "make-symlink" ? [{ type: "symlink" as const, mode: "0777", owner: "root", group: "root", target: step.target }] : []));
  return { ...nothing, folder: folder(), file: written[0] ?? absent, unit: written[1] ?? absent, link: linked[0] ?? absent, table: { running: "table x", declared: "table x" } };
})();

describe("nftables-table", () => {
  test("replaces the table in one transaction of the kernel", () => {
    expect(textOf(want)).toBe(`#!/usr/sbin/nft -f
table inet firewall
delete table inet firewall
table inet firewall {
	chain input {
		type filter hook input priority filter; policy drop;
		iif lo accept
		tcp dport 22 accept
	}
}
`);
  });

  test.each<{ rule: NftablesRule; lines: readonly string[] }>([
    { rule: { protocol: "tcp", ports: [80, 443, "5000-5010"] }, lines: ["tcp dport { 80, 443, 5000-5010 } accept"] },
    { rule: { protocol: "udp", ports: [53], from: ["10.0.0.1"], verdict: "reject" }, lines: ["ip saddr 10.0.0.1 udp dport 53 reject"] },
    { rule: { protocol: "tcp", ports: [22], from: ["10.0.0.0/8", "fd00::/8"] }, lines: ["ip saddr 10.0.0.0/8 tcp dport 22 accept", "ip6 saddr fd00::/8 tcp dport 22 accept"] },
  ])("writes $lines", ({ rule, lines }) => {
    const text = textOf({ name: "t", chains: { c: { rules: [rule] } } });
    expect(text.split("\n").filter((line) => line.startsWith("\t\t")).map((line) => line.trim())).toEqual(lines);
  });

  test.each([
    { name: "all is right", have: right, fields: [] },
    { name: "someone flushed it", have: { ...right, table: { declared: "table x" } }, fields: ["running"] },
    { name: "someone altered it", have: { ...right, table: { running: "table x + rule", declared: "table x" } }, fields: ["running"] },
    { name: "the tree is not booted", have: { ...right, table: undefined }, fields: [] },
    { name: "it is not loaded at boot", have: { ...right, link: absent }, fields: ["enabled"] },
    { name: "nothing is there", have: { ...nothing, table: {} }, fields: ["file", "unit", "enabled"] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(nftablesTable.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  test("cannot tell when nft cannot load the table by itself", () => {
    expect(nftablesTable.diff(want, { ...right, table: { running: "table x" } })).toEqual([expect.objectContaining({ field: "running", cannotTell: expect.stringContaining("iifname") as string })]);
  });

  test("undo loads the table that was there", () => {
    const steps = nftablesTable.undo(want, { ...nothing, table: { running: "table inet firewall {\n}" } });
    expect(steps).toContainEqual({ do: "run", argv: ["nft", "-f", "-"], stdin: "table inet firewall\ndelete table inet firewall\ntable inet firewall {\n}\n", running: true, exitCodes: [0, 127] });
  });

  test.each([
    { name: "a port that is none", rules: [{ protocol: "tcp", ports: [70000] }] },
    { name: "no port", rules: [{ protocol: "tcp", ports: [] }] },
    { name: "a source with a command in it", rules: [{ protocol: "tcp", ports: [1], from: ["1.2.3.4 accept; drop"] }] },
    { name: "a second line", rules: ["accept\n}"] },
  ])("refuses $name", ({ rules }) => {
    expect(checkProps(nftablesTable.props, { name: "t", chains: { c: { rules } } }, "here")).not.toEqual([]);
  });
});
