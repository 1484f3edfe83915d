import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Output } from "#cli/output.ts";
import { newCrypter } from "#engine/passphrase.ts";
import { programOnPath } from "#host/programs.ts";
import type { Json } from "#model/value.ts";
import { findTofu } from "#terraform/find.ts";
import { testProject } from "../support/project.ts";
import type { TestProject } from "../support/project.ts";
import { describeUnless } from "../support/skip.ts";
import type { DockerShape } from "./docker-program.ts";
import { dockerMirror, providerVersion, startPodman } from "./docker.ts";
import type { Podman } from "./docker.ts";

const PASSWORD = "hunter22-and-more";
const IMAGE = "localhost/steading-busybox:1";
/** In milliseconds: each run of the command is some seconds on a quiet machine. */
const PATIENCE = 600_000;

const podmanObstacle = process.getuid?.() !== 0 || programOnPath("podman") === undefined ? "there is no podman for root" : undefined;
// Both builds take minutes, where they were not made before.
const tofu = podmanObstacle === undefined ? await findTofu("build", "this test", () => undefined).catch(() => undefined) : undefined;
const mirror = tofu === undefined ? undefined : await dockerMirror();

const actions = ({ layers }: Output): readonly string[] => (layers ?? []).flatMap(({ items }) => items.filter(({ kind }) => kind === "resource").map(({ name, action }) => `${action} ${name}`));

describeUnless(mirror !== undefined, podmanObstacle ?? "OpenTofu or Docker's provider cannot be built here")("Docker's own provider, on a socket of Podman", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-docker-"));
  const seen: string[] = [];
  const keptHome = process.env["XDG_STATE_HOME"];
  let podman: Podman;
  let project: TestProject;

  const configure = async (config: { readonly library?: "cdktf" | "cdktn"; readonly shape?: DockerShape } = {}): Promise<void> => {
    const crypter = await newCrypter("test", "Pulumi.test.yaml");
    const values: { readonly [key: string]: Json | DockerShape | undefined } = { tofu, mirror, version: providerVersion, host: podman.host, image: IMAGE, password: { secure: crypter.encrypt(PASSWORD) }, ...config };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ encryptionsalt: crypter.salt, config: Object.fromEntries(Object.entries(values).map(([key, value]) => [`test:${key}`, value])) }));
  };
  const steading = async (command: string, ...args: readonly string[]) => {
    const ran = await project.run(command, "--json", ...args);
    seen.push(ran.stdout, ran.stderr);
    return { exitCode: ran.exitCode, output: JSON.parse(ran.stdout) as Output };
  };
  /** Has the command do that much to resources, and succeed. */
  const does = async (command: string, ...expected: readonly string[]): Promise<Output> => {
    const { exitCode, output } = await steading(command);
    const { errors = [], issues = [] } = output;
    expect({ command, exitCode, actions: actions(output), errors, issues }).toEqual({ command, exitCode: command === "preview" && expected.length > 0 ? 2 : 0, actions: expected, errors: [], issues: [] });
    return output;
  };
  const inspect = (kind: string, name: string, format: string): Promise<string> => podman.run(kind, "inspect", "--format", format, name);

  beforeAll(async () => {
    process.env["XDG_STATE_HOME"] = join(directory, "state");
    podman = await startPodman();
    const tree = join(directory, "image");
    mkdirSync(join(tree, "bin"), { recursive: true });
    for (const name of ["busybox", "sh"]) copyFileSync("/bin/busybox", join(tree, "bin", name));
    await execa("tar", ["--create", "--directory", tree, "--file", join(directory, "image.tar"), "."]);
    await podman.run("import", "--quiet", join(directory, "image.tar"), IMAGE);
  }, PATIENCE);
  beforeEach(async () => {
    project = testProject(new URL("docker-program.ts", import.meta.url), {});
    await configure();
  });
  afterEach(() => { project.remove(); });
  afterAll(async () => {
    await podman.stop();
    if (keptHome === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = keptHome;
    rmSync(directory, { recursive: true, force: true });
  });

  test("is planned and applied, is found drifted, is put right, and goes", async () => {
    const ALL = ["change docker_container.box", "change docker_network.home", "change docker_volume.data"];
    const first = await does("preview", ...ALL);
    expect(first.outputs).toEqual({ mountpoint: null, shell: null });
    const up = await does("up", ...ALL);
    expect(up.outputs).toEqual({ mountpoint: await inspect("volume", "data", "{{.Mountpoint}}"), shell: await inspect("container", "shell", "{{.Id}}") });
    seen.push(project.state());
    expect(await inspect("container", "shell", "{{.Config.Env}}")).toContain(`PASSWORD=${PASSWORD}`);
    await configure({ library: "cdktf" });
    await does("up");

    await podman.run("rm", "shell");
    await podman.run("volume", "rm", "data");
    await podman.run("volume", "create", "--label", "for=mischief", "data");
    const drifted = await does("preview", "change docker_container.box", "change docker_volume.data");
    expect(JSON.stringify(drifted.layers)).toContain("mischief");
    await does("up", "change docker_container.box", "change docker_volume.data");
    expect(await inspect("volume", "data", "{{.Labels}}")).toBe("map[for:tests]");
    await does("up");

    expect((await steading("destroy")).exitCode).toBe(0);
    expect([await podman.run("ps", "--all", "--quiet"), await podman.run("volume", "ls", "--quiet"), await podman.run("network", "ls", "--format", "{{.Name}}")]).toEqual(["", "", "podman"]);
    expect(seen.filter((text) => text.includes(PASSWORD))).toEqual([]);
  }, PATIENCE);

  test("takes over what is there, as it is", async () => {
    await podman.run("volume", "create", "found");
    const made = await inspect("volume", "found", "{{.CreatedAt}}");
    await configure({ shape: { found: "found" } });
    const up = await steading("up");
    expect([up.exitCode, up.output.layers?.[0]?.items.find(({ name }) => name === "docker_volume.found")]).toMatchObject([0, { action: "adopt" }]);
    expect(await inspect("volume", "found", "{{.CreatedAt}}")).toBe(made);
    await does("up");
    expect((await steading("destroy")).exitCode).toBe(0);
    expect(await podman.run("volume", "ls", "--quiet")).toBe("");
  }, PATIENCE);

  test("what the provider refuses is told by its name; the rest is kept and gone on with", async () => {
    await configure({ shape: { subnet: "10.84.7.0/99" } });
    const failed = await steading("up");
    expect([failed.exitCode, failed.output.errors?.map(({ code }) => code)]).toEqual([1, ["terraform.failed"]]);
    expect(failed.output.errors?.[0]?.message).toMatch(/docker_network\.home/);
    await configure();
    await does("up", "change docker_network.home");
    expect((await steading("destroy")).exitCode).toBe(0);
  }, PATIENCE);
});
