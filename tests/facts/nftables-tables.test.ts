import { nftablesFile, nftablesTables } from "#facts/nftables-tables.ts";

const output = `nft
table inet steading
running table inet steading {
running 	chain input {
running 	}
running }
declared table inet steading {
declared }
table ip nat
table ip6 lone
running table ip6 lone {
running }
`;

describe("nftables-tables", () => {
  test.each([
    { table: "inet steading", state: { running: "table inet steading {\n\tchain input {\n\t}\n}", declared: "table inet steading {\n}" } },
    { table: "ip nat", state: {} },
    { table: "ip6 lone", state: { running: "table ip6 lone {\n}" } },
  ])("reads $table", ({ table, state }) => {
    expect(nftablesTables.parse(output, [table]).get(table)).toEqual(state);
  });

  test("knows nothing where there is no nft, or no running system", () => {
    expect(nftablesTables.parse("", ["ip nat"]).get("ip nat")).toBeUndefined();
  });

  test("refuses an answer that leaves a table out", () => {
    expect(() => nftablesTables.parse("nft\n", ["ip nat"])).toThrow("ip nat");
  });

  test("a table's file is named for its family and name", () => {
    expect(nftablesFile("inet steading")).toBe("/etc/nftables.d/inet-steading.nft");
  });
});
