import pulumi from "@pulumi/pulumi";
import { byKind, Layer } from "#components/layer.ts";
import { file } from "#kinds/file.ts";

const motd = file("motd", { path: "/etc/motd", content: "" });
const issue = file("issue", { path: "/etc/issue", content: "" });

test("items go by kind and name", () => {
  expect(byKind([motd, issue])).toEqual({ file: { motd: motd.want, issue: issue.want } });
});

test("what is wrong with a layer goes to the check that tells all mistakes", async () => {
  const inputs = await declared({ items: [motd, issue, motd] });
  expect(inputs).toEqual(expect.objectContaining({ mistakes: [{ code: "item.twice", at: "layer web", path: 'items.file["motd"]', message: "there are two items file motd", fix: "give each its own name" }] }));
});

test.each<{ name: string; items: unknown; paths: readonly string[] }>([
  { name: "an item whose props are undefined", items: [motd, { kind: "file", name: "lost", want: undefined }], paths: ['items.file["lost"]'] },
  { name: "an item that is undefined, and one that is none", items: [undefined, motd, "motd"], paths: ["items[0]", "items[2]"] },
  { name: "no list", items: { motd }, paths: ["items"] },
])("$name is a mistake, and the others are still looked at", async ({ items, paths }) => {
  const inputs = await declared({ items });
  expect(inputs).toEqual(expect.objectContaining({ mistakes: paths.map((path) => expect.objectContaining({ code: "item.malformed", at: "layer web", path }) as unknown), items: Array.isArray(items) ? { file: { motd: motd.want } } : {} }));
});

/** What a layer of a program without types hands over. */
async function declared(args: { readonly items: unknown }): Promise<unknown> {
  const inputs: unknown[] = [];
  await pulumi.runtime.setMocks({ newResource: (args) => (inputs.push(args.inputs), { id: "id", state: {} }), call: () => ({}) });
  const { urn } = Reflect.construct(Layer, ["web", { host: { via: "local" }, ...args }]) as Layer;
  await new Promise((resolve) => urn.apply(resolve));
  return inputs[0];
}
