import fc from "fast-check";
import { order } from "#host/order.ts";
import type { Declared } from "#host/order.ts";
import { defineKind } from "#model/kind.ts";
import type { Kind, Reads } from "#model/kind.ts";
import { list, propsOf, text } from "#model/schema.ts";

interface Thing {
  owns: readonly string[];
  needs: readonly string[];
}
const kind = (name: string) =>
  defineKind<Thing, Reads>({ kind: name, props: propsOf<Thing>()({ owns: list(text()), needs: list(text()) }), owns: (want) => want.owns, needs: (want) => want.needs, risk: "none", reads: () => ({}), diff: () => [], apply: () => [], undo: () => [] });
const kinds = { a: kind("a"), b: kind("b"), c: kind("c") };
const thing = (kindName: keyof typeof kinds, name: string, needs: readonly string[] = []): Declared =>
  ({ item: { kind: kindName, name, want: { owns: [name], needs } }, kind: kinds[kindName] as Kind });
const names = (declared: readonly Declared[]) => declared.map(({ item }) => item.name);

test.each<readonly [string, readonly Declared[], readonly string[]]>([
  ["as declared when nothing needs anything", [thing("a", "1"), thing("a", "2")], ["1", "2"]],
  ["what is needed comes first", [thing("a", "1", ["2"]), thing("a", "2")], ["2", "1"]],
  ["one kind stays together", [thing("a", "1"), thing("b", "2"), thing("a", "3")], ["1", "3", "2"]],
  ["needs of nobody's subject do not matter", [thing("a", "1", ["elsewhere"])], ["1"]],
  ["an item may need what it owns itself", [thing("a", "1", ["1"])], ["1"]],
  ["a star needs all that start the same", [thing("a", "1", ["package:*"]), thing("b", "package:x"), thing("c", "package:y"), thing("b", "pack")], ["package:x", "pack", "package:y", "1"]],
  ["a chain over kinds", [thing("c", "3", ["2"]), thing("b", "2", ["1"]), thing("a", "1")], ["1", "2", "3"]],
])("%s", (_, declared, expected) => {
  const { sorted, cycle } = order(declared);
  expect(names(sorted)).toEqual(expected);
  expect(cycle).toEqual([]);
});

test("a cycle is named, without the items that only wait for it", () => {
  const { cycle } = order([thing("a", "waits", ["1"]), thing("a", "1", ["2"]), thing("b", "2", ["1"])]);
  expect(cycle.map(({ name }) => name).sort()).toEqual(["1", "2"]);
});

test("every acyclic set is sorted whole, each after what it needs", () => {
  const graphs = fc.array(fc.record({ kind: fc.constantFrom("a", "b", "c"), needs: fc.array(fc.nat(30)) }), { maxLength: 30 });
  fc.assert(
    fc.property(graphs, (nodes) => {
      const declared = nodes.map((node, index) => thing(node.kind, `n${index}`, node.needs.filter((need) => need < index).map((need) => `n${need}`)));
      const sorted = names(order([...declared].reverse()).sorted);
      expect(sorted.length).toBe(nodes.length);
      for (const { item } of declared) for (const need of (item.want as Thing).needs) expect(sorted.indexOf(need)).toBeLessThan(sorted.indexOf(item.name));
    }),
  );
});
