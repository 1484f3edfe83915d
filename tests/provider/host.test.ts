import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { secret, UNKNOWN } from "#model/value.ts";
import { makeProvider } from "#provider/provider.ts";
import { skipUnless } from "../support/skip.ts";
import { busyboxTree, treeObstacle } from "../support/tree.ts";

const test = skipUnless(treeObstacle === undefined, treeObstacle ?? "");

const said: string[] = [];
const provider = makeProvider({ project: "proj", stack: "dev", report: (event) => { if (event.event === "message") said.push(event.text); } });
const host = { urn: "urn:pulumi:dev::proj::steading:host:Host::desk", type: "steading:host:Host", name: "desk" };
let tree: ReturnType<typeof busyboxTree>;
beforeAll(() => {
  tree = busyboxTree();
  writeFileSync(join(tree.root, "etc/os-release"), 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\n');
});
afterAll(async () => {
  await provider.close();
  tree.remove();
});

const inputs = () => ({ connection: { via: "tree", root: tree.root } });
const create = (preview: boolean) => provider.create({ ...host, inputs: inputs(), preview, timeoutSeconds: 0 });

test("a preview reads the machine live", async () => {
  expect(await create(true)).toMatchObject({ id: "", properties: { os: { id: "debian", version: "13" }, booted: false, memory: 0 } });
});

test("its id is how it is reached", async () => {
  expect((await create(false)).id).toBe(`tree:${tree.root}`);
});

test("a connection alone is no difference, a changed machine is one", async () => {
  const { id, properties } = await create(false);
  const request = { ...host, id, oldInputs: { connection: { via: "tree", root: "/elsewhere" } }, olds: properties, news: inputs(), ignoreChanges: [] };
  expect(await provider.diff(request)).toMatchObject({ changes: "none", detailedDiff: {}, replaces: [] });
  const other = { ...properties, os: { id: "debian", name: "Debian GNU/Linux", version: "12", codename: "" } };
  expect(await provider.diff({ ...request, olds: other })).toMatchObject({ changes: "some", detailedDiff: { os: { kind: "update", inputDiff: false } }, replaces: [] });
});

test("nothing is known of a host that is not known yet, or does not answer", async () => {
  expect((await provider.create({ ...host, inputs: { connection: UNKNOWN }, preview: true, timeoutSeconds: 0 })).properties).toMatchObject({ machineId: UNKNOWN, pci: UNKNOWN });
  const away = { connection: { via: "ssh", address: "127.0.0.1", port: 1 } };
  expect((await provider.create({ ...host, inputs: away, preview: true, timeoutSeconds: 0 })).properties).toMatchObject({ machineId: UNKNOWN });
  expect(said.join()).toContain("cannot tell what 127.0.0.1 is");
  await expect(provider.create({ ...host, inputs: away, preview: false, timeoutSeconds: 0 })).rejects.toThrow("state of the host: untouched");
});

test("check tells every mistake and keeps the password secret", async () => {
  const { inputs: checked, failures } = await provider.check({ ...host, news: { connection: { via: "ssh", address: "-x", port: 70000, sudoPassword: "hunter22" } } });
  expect(failures.map(({ property }) => property)).toEqual(["connection.address", "connection.port"]);
  expect(checked["connection"]).toMatchObject({ sudoPassword: secret("hunter22") });
});

test("a refresh reads it again, and keeps what is secret", async () => {
  const old = { connection: { via: "tree", root: secret(tree.root) } };
  expect(await provider.read({ ...host, id: `tree:${tree.root}`, inputs: old, properties: {} })).toMatchObject({ inputs: old, properties: { os: { id: "debian" } } });
});
