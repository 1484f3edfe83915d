import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSecret, reveal, secret, UNKNOWN } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import type { InitFailed, ProviderEvent } from "#provider/contract.ts";
import { makeProvider } from "#provider/provider.ts";
import { processMark } from "#host/running.ts";
import { stateDirectory } from "#terraform/workspace.ts";

const type = "steading:terraform:Stack";
const urn = `urn:pulumi:dev::proj::${type}::network`;
const resource = { urn, type, name: "network" };
const directory = mkdtempSync(join(tmpdir(), "steading-terraform-"));
const at = (name: string): string => join(directory, name);
const recorded = (name: string): string => join(import.meta.dirname, "../fixtures/terraform", `${name}.json`);
const events: ProviderEvent[] = [];
const provider = makeProvider({ project: "proj", stack: "dev", report: (event) => events.push(event) });
const variables = { password: secret("hunter22") };
const configuration = { variable: { password: { type: "string" } } };
const news: JsonObject = { configuration, variables, key: secret("ab".repeat(32)), tofu: at("tofu") };
const keptHome = process.env["XDG_STATE_HOME"];

/** What the fake shows as its plan, as its state, and how it ends. */
function shows(plan: string, ends: { readonly init?: string; readonly apply?: string; readonly import?: string } = {}): void {
  cpSync(recorded(plan), at("plan"));
  writeFileSync(at("import"), ends.import ?? "");
  writeFileSync(at("warnings"), "");
  writeFileSync(at("init"), ends.init ?? "");
  writeFileSync(at("apply"), ends.apply ?? "");
}
const failing = (summary: string, address = "", detail = "", severity = "error"): string => `${JSON.stringify({ type: "diagnostic", diagnostic: { severity, summary, detail, address } })}\n`;
const diff = (more: JsonObject = {}, olds: JsonObject = {}) => provider.diff({ ...resource, id: "network", oldInputs: news, olds: { ...news, ...olds }, news: { ...news, ...more }, ignoreChanges: [] });
const create = (preview = false, inputs = news) => provider.create({ ...resource, inputs, preview, timeoutSeconds: 0 });
const check = async (more: JsonObject) => (await provider.check({ ...resource, news: { ...news, ...more } })).failures.map(({ property, reason }) => `${property}: ${reason}`);
const runs = (): readonly string[] => readFileSync(at("runs"), "utf8").split("\n").slice(0, -1);
const home = (): string => stateDirectory(urn, "ab".repeat(32));
const planned = () => events.filter((event) => event.event === "planned").at(-1);

describe("steading:terraform:Stack", () => {
  beforeAll(() => {
    process.env["XDG_STATE_HOME"] = at("state");
    const script = `#!/bin/sh
      here=${directory}
      echo "$*" >>$here/runs
      pwd >$here/pwd
      case "$1 $2" in
        "version "*) echo "OpenTofu v1.12.6" ;;
        "init "*)
          cat $here/init; test ! -s $here/init || exit 1
          if grep -qs garbage $here/state/steading/terraform/*/terraform.tfstate; then echo '${failing("Error refreshing state", "", "invalid data format for decryption").trim()}'; exit 1; fi ;;
        "plan "*) cat $here/warnings ;;
        "show "*) echo "Warning: something"; cat $here/plan ;;
        "import "*) cat $here/import; test ! -s $here/import ;;
        "apply "*) cat $here/apply; test ! -s $here/apply ;;
        "state pull") cat $here/tfstate ;;
        "state push") cat >$here/pushed ;;
      esac
    `;
    writeFileSync(at("tofu"), script, { mode: 0o755 });
    cpSync(recorded("state"), at("tfstate"));
  });
  beforeEach(() => {
    writeFileSync(at("runs"), "");
    events.length = 0;
  });
  afterAll(async () => {
    await provider.close();
    if (keptHome === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = keptHome;
    rmSync(directory, { recursive: true, force: true });
  });

  test("what is wrong with the declaration is said at once, before anything runs", async () => {
    expect(await check({})).toEqual([]);
    expect(await check({ variables: { other: 1 } })).toEqual([expect.stringMatching(/^variables\.other: .*there is no variable other \(one of password\)/), expect.stringMatching(/^variables\.password: .*has no value/)]);
    expect(await check({ variables: UNKNOWN, key: UNKNOWN })).toEqual([]);
    expect(await check({ configuration: { ...configuration, terraform: { backend: { s3: {} }, cloud: {}, encryption: {} } } })).toEqual([
      expect.stringMatching(/backend: .*there is a backend s3 \(leave it out: the state is kept in the stack/),
      expect.stringMatching(/cloud: /),
      expect.stringMatching(/encryption: /),
    ]);
    expect(await check({ providerMirror: at("none"), tofu: "tofu", files: { "../x": "" } })).toEqual([expect.stringMatching(/^files/), expect.stringMatching(/^tofu/), expect.stringMatching(/^providerMirror: .*there is no/)]);
    expect(runs()).toEqual([]);
  });

  test("a plan is told item by item, without its secrets; the diff names resource and attribute", async () => {
    shows("plan-change");
    const found = await diff({}, { outputs: { known: "known", name: { name: "home" }, id: "x" }, tfstate: secret(readFileSync(recorded("state"), "utf8")) });
    expect(planned()?.items.map(({ action, kind, name, fields }) => [action, `${kind} ${name}`, fields.map(({ field, have, want, note }) => [field, have, want, note].filter((part) => part !== undefined).join("|"))])).toEqual([
      ["change", 'resource terraform_data.found["x"]', ["|there already as abc", "input|f", "output|(known after apply)"]],
      ["adopt", "resource terraform_data.is", ["|was terraform_data.was"]],
      ["restore", "resource terraform_data.left", ["|stays as it is, and is no longer this stack's"]],
      ["change", "resource terraform_data.login", ['input|{"password":"[secret]","user":"root"}|{"password":"[secret]","user":"admin"}', 'output|{"password":"[secret]","user":"root"}|(known after apply)']],
      ["restore", "resource terraform_data.old", []],
      ["change", "resource terraform_data.plain", ["input|a|b", "output|a|(known after apply)"]],
      ["change", "resource terraform_data.site", ["|there|made anew", 'input|{"name":"home"}|{"name":"office"}', 'triggers_replace|["1"]|["2"]|for this it is made anew']],
      ["change", "output known", ["|known|otherwise"]],
      ["change", "output name", ['|{"name":"home"}|(known after apply)']],
      ["restore", "output id", []],
    ]);
    expect([planned()?.unchanged, found.changes, found.replaces]).toEqual([["resource terraform_data.same"], "some", []]);
    expect(found.detailedDiff).toMatchObject({
      'resources["terraform_data.plain"].input': { kind: "update", inputDiff: false },
      'resources["terraform_data.old"]': { kind: "delete" },
      'resources["terraform_data.found[\\"x\\"]"].input': { kind: "add" },
      "outputs.known": { kind: "update" },
      "outputs.id": { kind: "delete" },
    });
    expect(readFileSync(at("pushed"), "utf8")).toContain('"lineage"');
    expect(JSON.stringify(events)).not.toContain("hunter22");
  });

  test("at a first preview outputs are known where the plan knows them, and no state is written", async () => {
    shows("plan-create");
    rmSync(at("state"), { recursive: true, force: true });
    const { id, properties } = await create(true, { ...news, key: secret(UNKNOWN) });
    expect([id, properties["outputs"], properties["secretOutputs"], existsSync(at("state"))]).toEqual(["", { id: UNKNOWN, known: "known", name: UNKNOWN }, secret({ secret: "hunter22" }), false]);
    expect(runs().filter((line) => /^(apply|state)/.test(line))).toEqual([]);
  });

  test("a variable that is not known yet cannot be planned with", async () => {
    expect((await diff({ variables: { password: secret(UNKNOWN) } })).changes).toBe("some");
    expect([planned()?.items[0]?.action, runs()]).toEqual(["cannot-tell", []]);
  });

  test("what is made is kept with outputs, ids and its state as a secret", async () => {
    shows("plan-create");
    const { id, properties } = await create();
    expect([id, properties["outputs"], properties["secretOutputs"]]).toEqual(["network", expect.objectContaining({ known: "known", name: { name: "home" } }), secret({ secret: "hunter22" })]);
    expect([isSecret(properties["tfstate"]), Object.keys(properties["resources"] as object)]).toEqual([true, expect.arrayContaining(["terraform_data.site"])]);
    expect(JSON.stringify(reveal(properties["tfstate"] ?? ""))).toContain("lineage");
    expect(readFileSync(at("pwd"), "utf8").trim()).toBe(join(home(), "configuration-now"));
    expect(runs().map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(["init -json", "plan -json", "show -json", "apply -json", "state pull"]);
  });

  test("what stopped half-way is named, no secret in it, and its state is kept", async () => {
    shows("plan-create", { apply: failing("no room for hunter22", "terraform_data.site") });
    const failed = await create().catch((error: unknown) => error as InitFailed);
    expect(failed).toMatchObject({ name: "InitFailed", id: "network", cause: { code: "terraform.failed", hostState: "partial", detail: { address: "terraform_data.site" } } });
    expect("message" in failed && failed.message).toContain("terraform stack network stopped half-way: terraform_data.site: no room for [secret]");
    expect("properties" in failed && isSecret(failed.properties["tfstate"])).toBe(true);
  });

  test("what OpenTofu refuses is said, and nothing was changed; without it, what to type", async () => {
    shows("plan-create", { init: failing("Failed to query available provider packages") });
    await expect(create()).rejects.toThrow(/tofu init says no:\nFailed to query available provider packages\n {2}nothing was changed\n {2}what to do: see that the providers are in the mirror/);
    await expect(create(false, { ...news, tofu: at("none") })).rejects.toThrow(/terraform stack network tofu: .*is no program \(the file of tofu, or tofu: "build"\)/);
    expect(runs().filter((line) => line.startsWith("apply"))).toEqual([]);
  });

  test("a destroy takes all away with the state that is kept, and its working copy; its preview only tells", async () => {
    shows("plan-destroy");
    const olds = { ...news, tfstate: secret(readFileSync(recorded("state"), "utf8")) };
    const destroy = (preview: boolean) => provider.delete({ ...resource, id: "network", oldInputs: news, olds, timeoutSeconds: 0, preview });
    await destroy(true);
    expect([runs().some((line) => line.startsWith("apply")), new Set(planned()?.items.map(({ action }) => action))]).toEqual([false, new Set(["restore"])]);
    await destroy(false);
    expect(runs().filter((line) => /^(plan|apply)/.test(line)).map((line) => line.split(" ").at(-1))).toEqual(["-destroy", "-destroy", "../plan"]);
    expect(readdirSync(at("state/steading/terraform"))).toEqual([]);
  });

  test.each([
    ["Failed to query available provider packages", "see that the providers are in the mirror"],
    ["Error refreshing state", "see what is said of the state's file"],
    ["Error acquiring the state lock", "another run is at work on it: wait until that has ended"],
    ["Unreadable module directory", "correct what it says in the program"],
  ])("what to do about %s", async (said, remedy) => {
    shows("plan-create", { init: failing(said) });
    await expect(create()).rejects.toThrow(`what to do: ${remedy}`);
  });

  test("what OpenTofu warns of is told once, without secrets", async () => {
    shows("plan-create", { apply: "" });
    writeFileSync(at("warnings"), failing("Check block assertion failed for hunter22", "", "it is not no", "warning").repeat(2));
    await create();
    expect(events.filter(({ event }) => event === "message")).toEqual([{ event: "message", severity: "warning", urn, text: "Check block assertion failed for [secret]\nit is not no" }]);
  });

  const said = (): readonly string[] => events.flatMap((event) => (event.event === "message" ? [event.text] : []));

  test("a working copy that cannot be read is set aside, and the state that is kept is gone on with", async () => {
    shows("plan-change");
    mkdirSync(home(), { recursive: true });
    writeFileSync(join(home(), "terraform.tfstate"), "garbage");
    rmSync(at("pushed"), { force: true });
    await diff({ files: { damaged: "" } }, { tfstate: secret(readFileSync(recorded("state"), "utf8")) });
    expect(said()).toEqual([expect.stringMatching(/^the working copy of the state cannot be read, and is set aside as .*terraform\.tfstate\.damaged-\d+; this run goes on from the one that is kept/)]);
    expect([readdirSync(home()), existsSync(at("pushed"))]).toEqual([[expect.stringMatching(/damaged/)], true]);
    rmSync(home(), { recursive: true });
  });

  describe("what a killed run made", () => {
    const journal = (): string => readFileSync(join(home(), "apply.jsonl"), "utf8");
    const left = (run: string): void => {
      mkdirSync(home(), { recursive: true });
      writeFileSync(join(home(), "apply.jsonl"), `${JSON.stringify({ run })}\n${JSON.stringify({ address: "terraform_data.new", id: "abc" })}\n`);
    };
    const olds = { ...news, tfstate: secret(readFileSync(recorded("state"), "utf8")) };
    const imports = (): readonly string[] => runs().filter((line) => line.startsWith("import"));
    beforeEach(() => { shows("plan-change"); });
    afterEach(() => { rmSync(home(), { recursive: true, force: true }); });

    test("is found again with the new configuration only", async () => {
      left("gone 999999999 1");
      await provider.read({ ...resource, id: "network", inputs: news, properties: olds });
      expect([imports(), journal()]).toEqual([[], '{"address":"terraform_data.new","id":"abc"}\n']);
      await diff({ files: {} }, olds);
      expect([imports(), said(), readdirSync(home())]).toEqual([[expect.stringMatching(/terraform_data\.new abc$/)], ["terraform_data.new was made by a run that was killed; it is found again as abc"], []]);
    });

    test("stays in the journal where it cannot be found, until an apply", async () => {
      shows("plan-change", { import: "no such id" });
      left("");
      await diff({ files: { other: "" } }, olds);
      expect([said(), journal()]).toEqual([[expect.stringMatching(/as abc, and cannot be found again: take it away by hand/)], expect.stringContaining("abc")]);
    });

    test("is no affair of a look while that run goes on", async () => {
      left(await processMark(process.pid));
      const before = journal();
      await diff({ files: { third: "" } }, olds);
      expect([imports(), said(), journal(), runs().filter((line) => line.startsWith("state push"))]).toEqual([[], [], before, []]);
    });
  });

  test("a key is made once, and is a secret", async () => {
    const key = { urn: "urn:pulumi:dev::proj::steading:terraform:Key::network", type: "steading:terraform:Key", name: "network", inputs: {}, timeoutSeconds: 0 };
    expect((await provider.create({ ...key, preview: true })).properties).toEqual({ key: secret(UNKNOWN) });
    const [a, b] = [await provider.create({ ...key, preview: false }), await provider.create({ ...key, preview: false })];
    expect([isSecret(a.properties["key"]), reveal(a.properties["key"] ?? "")]).toEqual([true, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(a.properties).not.toEqual(b.properties);
  });
});
