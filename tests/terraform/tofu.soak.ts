import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Output } from "#cli/output.ts";
import { newCrypter } from "#engine/passphrase.ts";
import { memoryDirectory } from "#host/memory.ts";
import type { Json } from "#model/value.ts";
import { findTofu } from "#terraform/find.ts";
import { testProject } from "../support/project.ts";
import type { TestProject } from "../support/project.ts";
import { describeUnless } from "../support/skip.ts";
import type { Shape } from "./trees.ts";

const PASSWORD = "hunter22-and-more";
// A build of OpenTofu takes minutes, where none was built before.
const tofu = await findTofu("build", "this test", () => undefined).catch(() => undefined);
/** In milliseconds: each run of the command is some seconds on a quiet machine. */
const PATIENCE = 600_000;
const COMMAND = join(import.meta.dirname, "../../src/cli/steading");

const planned = ({ layers }: Output) => (layers ?? []).flatMap(({ items }) => items.map(({ kind, name, action, fields }) => ({ kind, name, action, fields })));
const actions = (output: Output): readonly string[] => planned(output).map(({ kind, name, action }) => `${action} ${kind} ${name}`);

describeUnless(tofu !== undefined, "OpenTofu cannot be built here")("a stack of Terraform, by the real OpenTofu", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-tofu-"));
  const states = join(directory, "state/steading/terraform");
  const seen: string[] = [];
  const keptHome = process.env["XDG_STATE_HOME"];
  let project: TestProject;

  const configure = async (config: { readonly library?: "cdktf" | "cdktn"; readonly shape?: Shape; readonly [key: string]: Json | Shape | undefined } = {}): Promise<void> => {
    const crypter = await newCrypter("test", "Pulumi.test.yaml");
    const values = { tofu, password: { secure: crypter.encrypt(PASSWORD) }, ...config };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ encryptionsalt: crypter.salt, config: Object.fromEntries(Object.entries(values).map(([key, value]) => [`test:${key}`, value])) }));
  };
  const steading = async (command: string, ...args: readonly string[]) => {
    const ran = await project.run(command, "--json", ...args);
    seen.push(ran.stdout, ran.stderr);
    return { exitCode: ran.exitCode, output: JSON.parse(ran.stdout) as Output };
  };
  const idOf = (output: Output, name: string): Json | undefined => (output.outputs?.["resources"] as { readonly [address: string]: Json } | undefined)?.[`terraform_data.${name}`];
  const leftInMemory = (): readonly string[] => readdirSync(memoryDirectory()).filter((name) => name.startsWith("steading-terraform-") && existsSync(join(memoryDirectory(), name, "configuration")));
  /** Begins an up that makes `third` by a command, and returns when that has begun. */
  const begin = async (third: string, seconds = 4, shape: Shape = {}) => {
    await configure({ shape: { ...shape, command: `echo begun >>${third}; sleep ${seconds.toString()}; echo ended >>${third}` } });
    const child = execa(COMMAND, ["up", "--stack", "test", "--yes"], { cwd: project.directory, env: { PULUMI_CONFIG_PASSPHRASE: "test" }, reject: false, stdin: "ignore", all: true });
    while (!existsSync(third)) await sleep(100);
    // As it is a promise too, it is handed over in something.
    return { child };
  };
  /** Kills a run, its OpenTofu and what that runs, as a machine that stops does. */
  const killAll = async (child: { kill(signal: "SIGKILL"): boolean }): Promise<void> => {
    const [run = ""] = leftInMemory();
    const pids = readFileSync(join(memoryDirectory(), run, "pids"), "utf8").trim().split("\n").map(Number);
    const { stdout } = await execa("ps", ["-o", "pgid=", "-p", String(pids.at(-1))]);
    child.kill("SIGKILL");
    process.kill(-Number(stdout.split("\n").at(-1)), "SIGKILL");
  };

  beforeAll(() => { process.env["XDG_STATE_HOME"] = join(directory, "state"); });
  beforeEach(() => { project = testProject(new URL("program.ts", import.meta.url), {}); });
  afterEach(() => { project.remove(); });
  afterAll(() => {
    if (keptHome === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = keptHome;
    rmSync(directory, { recursive: true, force: true });
  });

  test("one program through cdktf and through cdktn: the same plan, the same outputs; then an update, and all is taken away", async () => {
    await configure({ library: "cdktf" });
    const [a] = [await steading("preview")];
    await configure({ library: "cdktn" });
    const b = await steading("preview");
    expect([a.exitCode, planned(a.output), a.output.outputs]).toEqual([2, planned(b.output), b.output.outputs]);
    expect(actions(b.output)).toEqual(["change resource terraform_data.login", "change resource terraform_data.site", "change output known", "change output name", "change output secret"]);
    expect(b.output.outputs).toEqual({ known: "known", name: null, secret: "[secret]", resources: null });

    const up = await steading("up");
    expect([up.exitCode, up.output.outputs]).toMatchObject([0, { known: "known", name: { name: "home" }, secret: "[secret]" }]);
    await configure({ library: "cdktf" });
    const again = await steading("up", "--full");
    expect([again.exitCode, actions(again.output), again.output.layers?.[0]?.unchanged]).toEqual([0, [], ["resource terraform_data.login", "resource terraform_data.site"]]);
    expect(again.output.outputs).toEqual(up.output.outputs);

    await configure({ shape: { input: "office" } });
    const changed = await steading("up");
    expect([changed.exitCode, planned(changed.output)[0]]).toEqual([0, { kind: "resource", name: "terraform_data.site", action: "change", fields: [{ field: "input", have: '{"name":"home"}', want: '{"name":"office"}' }, { field: "output", have: '{"name":"home"}', want: "(known after apply)" }] }]);
    expect([changed.output.outputs?.["name"], idOf(changed.output, "site")]).toEqual([{ name: "office" }, idOf(up.output, "site")]);

    const [copy = ""] = readdirSync(states);
    const texts = [project.state(), readFileSync(join(states, copy, "terraform.tfstate"), "utf8"), ...seen];
    expect(texts[1]).toContain("encrypted_data");
    expect(texts.filter((text) => text.includes(PASSWORD))).toEqual([]);
    expect(leftInMemory()).toEqual([]);

    expect((await steading("destroy")).exitCode).toBe(0);
    expect([project.state().includes("steading:terraform"), readdirSync(states)]).toEqual([false, []]);
  }, PATIENCE);

  test("what stopped half-way is kept, told with its resource, and gone on with", async () => {
    await configure({ shape: { command: `echo ${PASSWORD} >&2; exit 3` } });
    const failed = await steading("up");
    expect([failed.exitCode, failed.output.errors?.map(({ code, hostState }) => [code, hostState])]).toEqual([1, [["terraform.failed", "partial"]]]);
    expect(failed.output.errors?.[0]?.message).toMatch(/terraform_data\.third.*exit 3/s);
    await configure({ shape: { command: "true" } });
    const next = await steading("up");
    expect([next.exitCode, actions(next.output)]).toEqual([0, ["change resource terraform_data.third"]]);
    expect(seen.filter((text) => text.includes(PASSWORD))).toEqual([]);
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);

  test("a run that is killed loses nothing: OpenTofu goes on by itself, and the next run has its state", async () => {
    const third = join(directory, "third");
    const { child } = await begin(third);
    child.kill("SIGKILL");
    await child;
    const next = await project.run("up");
    expect(next.exitCode).toBe(0);
    expect(next.stderr).toContain("an earlier run was killed");
    expect(readFileSync(third, "utf8")).toBe("begun\nended\n");
    expect((await steading("destroy")).exitCode).toBe(0);
    expect(leftInMemory()).toEqual([]);
  }, PATIENCE);

  test("a run that is killed together with OpenTofu goes on from what was made until then", async () => {
    const third = join(directory, "fourth");
    const { child } = await begin(third);
    await killAll(child);
    await child;
    const next = await project.run("up");
    expect([next.exitCode, readFileSync(third, "utf8")]).toEqual([0, "begun\nbegun\nended\n"]);
    // OpenTofu had not written its state yet.
    expect(next.stderr).toMatch(/terraform_data\.site was made by a run that was killed; it is found again as [0-9a-f-]{36}/);
    // What triggers a terraform_data is in the state only, so an imported one is made anew: the one that was lost is taken away.
    expect(next.stdout).toContain("take away terraform_data.site");
    expect((await steading("destroy")).exitCode).toBe(0);
    expect(leftInMemory()).toEqual([]);
  }, PATIENCE);

  test.each(["there is none", "it is damaged"])("without a working copy, because %s, the state of the stack is gone on with", async (why) => {
    await configure();
    expect((await steading("up")).exitCode).toBe(0);
    const [name = ""] = readdirSync(states);
    const copy = join(states, name, "terraform.tfstate");
    if (why === "there is none") rmSync(join(states, name), { recursive: true });
    else writeFileSync(copy, readFileSync(copy, "utf8").slice(0, 400));
    const looks = [await project.run("preview"), await project.run("preview")];
    expect(looks.map(({ exitCode, stderr }) => [exitCode, stderr.replaceAll(/^.*set aside as.*$/gm, "set aside")])).toEqual([[0, why === "there is none" ? "" : "set aside"], [0, ""]]);
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);

  test.each(["by itself", "together with OpenTofu"])("an update that is killed %s loses nothing, and nothing is made twice", async (how) => {
    const third = join(directory, `updated ${how}`.replaceAll(" ", "-"));
    await configure();
    expect((await steading("up")).exitCode).toBe(0);
    const { child } = await begin(third, 8, { second: true });
    if (how === "by itself") child.kill("SIGKILL");
    else await killAll(child);
    await child;
    const looked = await project.run("preview");
    expect(looked.stdout + looked.stderr).not.toMatch(/cannot be found again|\+ terraform_data\.second/);
    const next = await project.run("up");
    expect([next.exitCode, readFileSync(third, "utf8")]).toEqual([0, how === "by itself" ? "begun\nended\n" : "begun\nbegun\nended\n"]);
    expect(looked.stderr).toContain(how === "by itself" ? "is still at work" : "terraform_data.second was made by a run that was killed; it is found again as");
    expect(next.stdout + next.stderr).not.toMatch(/cannot be found again|(make|take away) terraform_data\.second/);
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);

  test("what a killed update made, and the program no longer has, is found again and taken away", async () => {
    const third = join(directory, "sixth");
    await configure();
    expect((await steading("up")).exitCode).toBe(0);
    const { child } = await begin(third, 8, { second: true });
    await killAll(child);
    await child;
    await configure();
    const next = await steading("up");
    expect([next.exitCode, actions(next.output)]).toEqual([0, ["restore resource terraform_data.second"]]);
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);

  test("a preview beside a run that applies waits for it, and takes nothing of it", async () => {
    const third = join(directory, "seventh");
    const { child } = await begin(third, 8);
    const looked = await project.run("preview");
    const { exitCode, all } = await child;
    expect([exitCode, all.includes("ENOENT"), looked.stdout.includes("terraform_data.third")]).toEqual([0, false, false]);
    expect(looked.stderr).not.toMatch(/OpenTofu wrote then|found again|still at work/);
    expect((await steading("up")).exitCode).toBe(0);
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);

  test("Ctrl-C ends OpenTofu in order: what was made is known, and what it was making is made anew", async () => {
    const third = join(directory, "fifth");
    const { child } = await begin(third);
    child.kill("SIGINT");
    const { exitCode } = await child;
    expect(exitCode).not.toBe(0);
    const next = await steading("up");
    expect([next.exitCode, readFileSync(third, "utf8")]).toEqual([0, "begun\nbegun\nended\n"]);
    expect(actions(next.output).filter((line) => line.includes("resource"))).toEqual(["change resource terraform_data.third"]);
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);

  test("a provider that the mirror lacks, and a tofu that is not there: said, exit 1, and the state as it was", async () => {
    await configure();
    expect((await steading("up")).exitCode).toBe(0);
    const before = project.state();
    const mirror = join(directory, "mirror");
    mkdirSync(mirror);
    await configure({ shape: { foreign: true }, providerMirror: mirror });
    const lacking = await steading("up");
    expect(lacking.exitCode).toBe(1);
    expect(lacking.output.errors?.[0]?.message).toMatch(/tofu init says no:.*steading\.example\/nobody\/absent.*nothing was changed.*what to do: see that the providers are in the mirror/s);
    await configure({ tofu: join(directory, "none") });
    const missing = await steading("up");
    expect([missing.exitCode, JSON.stringify([missing.output.issues, missing.output.errors])]).toEqual([1, expect.stringContaining("is no program")]);
    const resourcesOf = (text: string): Json => (JSON.parse(text) as { checkpoint: { latest: { resources: Json } } }).checkpoint.latest.resources;
    expect(JSON.stringify(resourcesOf(project.state())).replaceAll(/"ciphertext":"[^"]*"|"modified":"[^"]*"/g, "")).toBe(JSON.stringify(resourcesOf(before)).replaceAll(/"ciphertext":"[^"]*"|"modified":"[^"]*"/g, ""));
    await configure();
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);
});
