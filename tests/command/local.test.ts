import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCommandProvider } from "#command/provider.ts";
import { ARCHIVE, secret, SIGNATURE, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { archiveHash } from "#provider/archive.ts";

const TYPE = "command:local:Command";
const about = { urn: "urn:pulumi:dev::p::command:local:Command::greet", type: TYPE, name: "greet" };
const told: string[] = [];
const provider = makeCommandProvider((event) => { if (event.event === "message") told.push(event.text); });
const create = (inputs: JsonObject, preview = false) => provider.create({ ...about, inputs, preview, timeoutSeconds: 0 });
const update = (news: JsonObject, olds: JsonObject) => provider.update({ ...about, id: "greet1", oldInputs: olds, olds, news, preview: false, timeoutSeconds: 0, ignoreChanges: [] });
let directory: string;
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), "steading-command-")); });
afterAll(() => { rmSync(directory, { recursive: true }); });
beforeEach(() => { told.length = 0; });

test.each<readonly [string, JsonObject, JsonObject]>([
  ["both outputs, one end of line less", { create: "printf 'a\\n\\n'; printf 'b\\n' >&2" }, { stdout: "a\n", stderr: "b" }],
  ["nothing to run", { delete: "true" }, { stdout: "", stderr: "" }],
  ["an environment", { create: "echo $A-$HOME", environment: { A: "1" } }, { stdout: `1-${process.env["HOME"] ?? ""}` }],
  ["standard input", { create: "cat", stdin: "in 'x'" }, { stdout: "in 'x'" }],
  ["no standard input", { create: "cat" }, { stdout: "" }],
  ["another interpreter", { create: "console.log(1 + 1)", interpreter: [process.execPath, "-e"] }, { stdout: "2" }],
])("%s", async (_, inputs, outputs) => {
  const made = await create(inputs);
  expect(made.properties).toMatchObject({ ...inputs, ...outputs });
  expect(made.id).toMatch(/^greet[0-9a-f]{8}$/);
});

test("it runs where it is told, and files that it leaves can be had", async () => {
  mkdirSync(join(directory, "src"));
  writeFileSync(join(directory, "src/secret.js"), "");
  const { properties } = await create({ create: "pwd; echo x >src/index.js", dir: directory, assetPaths: ["src/**.js", "!**secret.*"] });
  expect(properties).toMatchObject({ stdout: directory, assets: { "src/index.js": { path: join(directory, "src/index.js"), hash: "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac" } } });
  expect(Object.keys(properties["assets"] ?? {})).toEqual(["src/index.js"]);
  const both = await create({ create: "true", dir: directory, assetPaths: [], archivePaths: ["src/*.js"] });
  const hash = await archiveHash({ assets: { "src/index.js": { text: "x\n" }, "src/secret.js": { text: "" } } }, directory);
  expect(both.properties).toMatchObject({ assets: {}, archive: { [SIGNATURE]: ARCHIVE, hash, assets: { "src/index.js": {}, "src/secret.js": {} } } });
});

test("a preview runs nothing, and what it will say is not known", async () => {
  const { properties, id } = await create({ create: `touch ${directory}/never` }, true);
  expect([id, properties["stdout"], properties["stderr"]]).toEqual(["", UNKNOWN, UNKNOWN]);
  expect((await create({ create: `ls ${directory}` })).properties["stdout"]).not.toContain("never");
});

test("update, or else create, sees what the last one said", async () => {
  const olds = { stdout: "before", stderr: "" };
  const says = "echo ${PULUMI_COMMAND_STDOUT-none} ${PULUMI_COMMAND_STDERR-none}";
  expect((await update({ create: says }, olds)).properties["stdout"]).toBe("before none");
  expect((await update({ create: "false", update: `${says} again` }, olds)).properties["stdout"]).toBe("before none again");
  expect((await update({ create: says, addPreviousOutputInEnv: false }, olds)).properties["stdout"]).toBe("none none");
});

test("delete runs its command with what was applied", async () => {
  const olds = { delete: `echo $PULUMI_COMMAND_STDOUT >${directory}/gone`, stdout: "said", stderr: "" };
  await provider.delete({ ...about, id: "greet1", oldInputs: { delete: olds.delete }, olds, timeoutSeconds: 0 });
  expect((await create({ create: `cat ${directory}/gone` })).properties["stdout"]).toBe("said");
});

test("a failure says how it ended, and both outputs as they came", async () => {
  await expect(create({ create: "echo one; echo two >&2; exit 3" })).rejects.toThrow(/^exit status 3: running "echo one; echo two >&2; exit 3":\n(one\ntwo|two\none)\n$/);
  await expect(create({ create: "kill -9 $$" })).rejects.toThrow("signal: SIGKILL");
  await expect(create({ create: "x", interpreter: ["/no/such"] })).rejects.toThrow(/ENOENT/);
});

test("with a secret among the inputs the outputs are secret, and nothing shows it", async () => {
  const { properties } = await create({ create: "echo $TOKEN; echo $TOKEN >&2", environment: { TOKEN: secret("hunter2") } });
  expect(properties["stdout"]).toEqual(secret("hunter2"));
  expect(told).toEqual(["[secret]", "[secret]"]);
  await expect(create({ create: "echo $TOKEN; false", environment: { TOKEN: secret("hunter2") } })).rejects.toThrow(/\[secret\]/);
});

test.each(["sleep 30", "sleep 30; true"])("a command that takes longer than its customTimeouts allow is ended, and says so: %s", async (command) => {
  const began = performance.now();
  await expect(provider.create({ ...about, inputs: { create: command }, preview: false, timeoutSeconds: 1 })).rejects.toThrow(/was ended after 1 s, as its customTimeouts say/);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect((await provider.create({ ...about, inputs: { create: "echo quick" }, preview: false, timeoutSeconds: 60 })).properties["stdout"]).toBe("quick");
});

test.each([
  ["stdout", ["out"]],
  ["stderr", ["err"]],
  ["stdoutAndStderr", ["err", "out"]],
  ["none", []],
])("logging %s", async (logging, lines) => {
  await create({ create: "echo out; echo err >&2", logging });
  expect(told.toSorted()).toEqual(lines);
});

test("a function runs at once, at preview too", async () => {
  expect(await provider.invoke("command:local:run", { command: "echo hi", stdin: "x" })).toEqual({ result: { command: "echo hi", stdin: "x", stdout: "hi", stderr: "" }, failures: [] });
  expect((await provider.invoke("command:local:run", {})).failures).toEqual([{ property: "command", reason: "is required" }]);
});

test.each<readonly [string, string, JsonObject, readonly string[]]>([
  ["an input that there is not", TYPE, { craete: "x" }, ["craete"]],
  ["another type", TYPE, { create: 1, environment: { A: 2 } }, ["create", "environment.A"]],
  ["what is not known yet", TYPE, { create: UNKNOWN, triggers: UNKNOWN, environment: UNKNOWN }, []],
  ["no connection", "command:remote:Command", { create: "x" }, ["connection"]],
  ["a host that is missing", "command:remote:Command", { connection: { user: "x" } }, ["connection.host"]],
])("%s is told at check", async (_, type, news, properties) => {
  expect((await provider.check({ ...about, type, news })).failures.map(({ property }) => property)).toEqual(properties);
});

test("a connection is secret as a whole, with the defaults that it has", async () => {
  const { inputs } = await provider.check({ ...about, type: "command:remote:Command", news: { connection: { host: "h" } } });
  expect(inputs).toEqual({ connection: secret({ host: "h", user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 }) });
});
