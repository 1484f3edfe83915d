import { secret, UNKNOWN } from "#model/value.ts";
import { makeProvider } from "#provider/provider.ts";
import { skipUnless } from "../support/skip.ts";

const provider = makeProvider({ project: "proj", stack: "dev", report: () => undefined });
const machine = { urn: "urn:pulumi:dev::proj::steading:cloud:Machine::lab", type: "steading:cloud:Machine", name: "lab" };
afterAll(() => provider.close());

const inputs = { cloud: "lab-container", name: "lab", want: { release: 13 } };

skipUnless(process.getuid?.() === 0, "only root can have lab machines").each([
  ["an unknown cloud", { ...inputs, cloud: "no-such-cloud" }, ["cloud"]],
  ["a name that is none", { ...inputs, name: "-x" }, ["name"]],
  ["a wrong wish, all at once", { ...inputs, want: { release: 4, colour: "red" } }, ["want.colour", "want.release"]],
  ["nothing", {}, ["cloud", "name"]],
])("check refuses %s", async (_, news, expected) => {
  const { failures } = await provider.check({ ...machine, news });
  expect(failures.map(({ property }) => property).sort()).toEqual(expected);
  for (const { reason } of failures) expect(reason).toMatch(/^lab: .*\(.+\)$/);
});

test("check leaves what is not known alone", async () => {
  expect((await provider.check({ ...machine, news: { cloud: UNKNOWN, name: UNKNOWN, want: {} } })).failures).toEqual([]);
});

test("check shows no secret", async () => {
  const { failures } = await provider.check({ ...machine, olds: inputs, news: { ...inputs, want: { release: secret("hunter22") } } });
  expect(failures).not.toEqual([]);
  expect(JSON.stringify(failures)).not.toContain("hunter22");
});

test("a preview does not know the connection", async () => {
  expect(await provider.create({ ...machine, inputs, preview: true, timeoutSeconds: 0 })).toEqual({ id: "", properties: { ...inputs, connection: UNKNOWN } });
});

test("a machine that is gone is made anew, and another name is another machine", async () => {
  const request = { ...machine, id: "gone-steading-test", oldInputs: inputs, olds: { ...inputs, connection: {} }, ignoreChanges: [] };
  expect(await provider.diff({ ...request, news: inputs })).toMatchObject({ changes: "some", replaces: ["name"], deleteBeforeReplace: true });
  expect(await provider.diff({ ...request, news: { ...inputs, name: "other" } })).toMatchObject({ changes: "some", replaces: ["name"], deleteBeforeReplace: true });
  expect(await provider.read({ ...machine, id: "gone-steading-test", inputs, properties: {} })).toMatchObject({ id: "" });
});
