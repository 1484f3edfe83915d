import { synthesise } from "#terraform/synth.ts";
import { libraries, network } from "./trees.ts";

test("x", () => {
  const a = synthesise(network(libraries.cdktf), "x");
  const b = synthesise(network(libraries.cdktn), "x");
  console.log(JSON.stringify(a, undefined, 1));
  expect(a).toEqual(b);
});
