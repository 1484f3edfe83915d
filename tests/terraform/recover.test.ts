import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAgain } from "#terraform/recover.ts";

const configuration = mkdtempSync(join(tmpdir(), "steading-recover-"));
afterAll(() => { rmSync(configuration, { recursive: true, force: true }); });
writeFileSync(join(configuration, "cdk.tf.json"), JSON.stringify({ resource: { x_y: { is: {} } } }));
const state = JSON.stringify({ serial: 1, lineage: "l", resources: [{ mode: "managed", type: "x_y", name: "is", instances: [{ attributes: { id: "1" } }, { deposed: "d", attributes: { id: "0" } }] }] });

/** Finds one again; what was run, with the block that was made up for it, and what was said. */
async function find(address: string, id: string, exitCode = 0) {
  const [ran, said]: [string[], string[]] = [[], []];
  const block = join(configuration, "steading-found.tf.json");
  const missing = await findAgain(new Map([[address, id]]), {
    configuration,
    pull: () => Promise.resolve(state),
    push: (text) => Promise.resolve(ran.push(text === state ? "push" : "push of another state")),
    attempt: (argv) => {
      ran.push(`${argv[0] ?? ""} ${argv.at(-2) ?? ""} ${argv.at(-1) ?? ""}${existsSync(block) ? ` ${readFileSync(block, "utf8")}` : ""}`);
      return Promise.resolve({ exitCode, stdout: "", errors: [], warnings: [], said: "no such id" });
    },
    say: (text) => said.push(text),
  });
  expect(existsSync(block)).toBe(false);
  return { ran, said, missing: [...missing] };
}

test.each([
  ["x_y.is", "1", []],
  ["x_y.is", "2", ["state rm x_y.is", "import x_y.is 2"]],
  ["x_y.gone", "2", ['import x_y.gone 2 {"resource":{"x_y":{"gone":{}}}}']],
  ["x_y.gone[2]", "2", ['import x_y.gone[2] 2 {"resource":{"x_y":{"gone":{"count":3}}}}']],
  ['x_y.gone["a.b"]', "2", ['import x_y.gone["a.b"] 2 {"resource":{"x_y":{"gone":{"for_each":"${toset([\\"a.b\\"])}"}}}}']],
  ["module.m.x_y.gone", "2", ["import module.m.x_y.gone 2"]],
])("%s, made as %s, is found again", async (address, id, ran) => {
  expect(await find(address, id)).toMatchObject({ ran, missing: [] });
});

test("what cannot be found again is named, and the state is as it was", async () => {
  const { ran, said, missing } = await find("x_y.is", "2", 1);
  expect([ran.at(-1), missing]).toEqual(["push", [["x_y.is", "2"]]]);
  expect(said).toEqual(["x_y.is was made by a run that was killed, as 2, and cannot be found again: take it away by hand. no such id"]);
});
