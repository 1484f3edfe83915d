import { urnParts } from "#provider/urn.ts";

test.each([
  ["urn:pulumi:dev::proj::steading:host:Layer::web", { stack: "dev", project: "proj", type: "steading:host:Layer", name: "web" }],
  ["urn:pulumi:dev::proj::steading:host:Host$steading:host:Layer::web", { stack: "dev", project: "proj", type: "steading:host:Layer", name: "web" }],
  ["urn:pulumi:dev::proj::a:b:C::x::y", { stack: "dev", project: "proj", type: "a:b:C", name: "x::y" }],
])("%s comes apart", (urn, parts) => {
  expect(urnParts(urn)).toEqual(parts);
});

test.each(["", "urn:pulumi:dev", "urn:other:dev::proj::t::n"])("%j is no URN", (urn) => {
  expect(() => urnParts(urn)).toThrow(RangeError);
});
