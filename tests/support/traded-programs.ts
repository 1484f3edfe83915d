/** A program that both engines run on one state, as text: `v` is "1", and later "2"; `host` is a host that is a directory tree. */
export interface TradedProgram {
  readonly name: string;
  /** Declarations; `export` makes stack outputs. */
  readonly text: string;
}

/** Ten programs, each with another part of what a state holds. */
export const TRADED_PROGRAMS: readonly TradedProgram[] = [
  { name: "one layer", text: 'host.layer("l", [file("f", { path: "/etc/f", content: v })]); export const machineId = host.machineId;' },
  {
    name: "two layers, one after the other",
    text: 'const one = host.layer("one", [file("a", { path: "/etc/a", content: v })]); host.layer("two", [file("b", { path: "/etc/b", content: "b" })], { dependsOn: [one] });',
  },
  {
    name: "a component, with outputs of its own",
    text: 'class Team extends pulumi.ComponentResource { constructor(name) { super("test:index:Team", name); const inner = new Host("inner", { connection }, { parent: this }); this.layer = inner.layer("l", [file("f", { path: "/etc/f", content: v })]); this.registerOutputs({ count: 1, v }); } } export const id = new Team("t").layer.id;',
  },
  { name: "a secret deep in an item, and one that is given out", text: 'host.layer("l", [file("f", { path: "/etc/f", content: pulumi.secret(`secret ${v}`) })]); export const hidden = pulumi.secret({ deep: [v] });' },
  { name: "a resource that gets another name", text: 'host.layer(v === "1" ? "old" : "new", [file("f", { path: "/etc/f", content: "f" })], { aliases: [{ name: "old" }, { name: "new" }], ignoreChanges: ["layer"] });' },
  { name: "a protected one, let go in the second version", text: 'host.layer("l", [file("f", { path: "/etc/f", content: v })], { protect: v === "1" });' },
  { name: "an explicit provider", text: 'const provider = new pulumi.ProviderResource("steading", "p", {}); new Host("other", { connection }, { provider }).layer("l", [file("f", { path: "/etc/f", content: v })], { provider });' },
  { name: "timeouts, secret outputs, paths that are ignored", text: 'host.layer("l", [file("f", { path: "/etc/f", content: v, mode: "0644" })], { customTimeouts: { create: "7m", update: "1h" }, additionalSecretOutputs: ["machineId"], ignoreChanges: [\'items.file["f"].mode\'] });' },
  { name: "one that is not declared any more", text: 'host.layer("stays", [file("a", { path: "/etc/a", content: "a" })]); if (v === "1") host.layer("goes", [file("b", { path: "/etc/b", content: "b" })]);' },
  { name: "one that goes with another, and one that is kept", text: 'const base = host.layer("base", [file("a", { path: "/etc/a", content: v })]); host.layer("with", [file("b", { path: "/etc/b", content: "b" })], { deletedWith: base }); host.layer("kept", [file("c", { path: "/etc/c", content: v })], { retainOnDelete: true });' },
];

/** The whole program: it imports Steading from `root`, and reaches a tree at `tree`. */
export const tradedText = ({ text }: TradedProgram, root: string, tree: string): string => `import * as pulumi from "@pulumi/pulumi";
import { Host } from ${JSON.stringify(`${root}/components/host.ts`)};
import { file } from ${JSON.stringify(`${root}/kinds/file.ts`)};
const v = new pulumi.Config().require("v");
const connection = { via: "tree", root: ${JSON.stringify(tree)} };
const host = new Host("tree", { connection });
${text}
`;
