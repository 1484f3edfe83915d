import pulumi from "@pulumi/pulumi";
import { byKind, Layer } from "#components/layer.ts";
import { file } from "#kinds/file.ts";

const motd = file("motd", { path: "/etc/motd", content: "" });
const issue = file("issue", { path: "/etc/issue", content: "" });

test("items go by kind and name", () => {
  expect(byKind([motd, issue])).toEqual({ file: { motd: motd.want, issue: issue.want } });
});

test("what is wrong with a layer goes to the check that tells all mistakes", async () => {
  const inputs: unknown[] = [];
  await pulumi.runtime.setMocks({ newResource: (args) => (inputs.push(args.inputs), { id: "id", state: {} }), call: () => ({}) });
  const { urn } = new Layer("web", { host: { via: "local" }, items: [motd, issue, motd] });
  await new Promise((resolve) => urn.apply(resolve));
  expect(inputs).toEqual([expect.objectContaining({ mistakes: [{ code: "item.twice", at: "layer web", path: 'items.file["motd"]', message: "there are two items file motd", fix: "give each its own name" }] })]);
});
