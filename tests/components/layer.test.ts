import { byKind, Layer } from "#components/layer.ts";
import { file } from "#kinds/file.ts";
import { Issues } from "#model/issue.ts";

const motd = file("motd", { path: "/etc/motd", content: "" });
const issue = file("issue", { path: "/etc/issue", content: "" });

test("items go by kind and name", () => {
  expect(byKind([motd, issue])).toEqual({ file: { motd: motd.want, issue: issue.want } });
});

test("two items of one kind and name are refused", () => {
  expect(() => new Layer("web", { host: { via: "local" }, items: [motd, issue, motd] })).toThrow(Issues);
  expect(() => new Layer("web", { host: { via: "local" }, items: [motd, motd] })).toThrow('layer web items.file["motd"]: there are two items file motd');
});

test("a name that no ledger can hold is refused", () => {
  expect(() => new Layer("a b", { host: { via: "local" }, items: [] })).toThrow("is no layer name");
});
