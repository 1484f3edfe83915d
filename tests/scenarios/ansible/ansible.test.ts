import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findAnsible } from "#ansible/find.ts";
import { newCrypter } from "#engine/passphrase.ts";
import { openHost } from "#host/session.ts";
import { connect } from "#host/connect.ts";
import type { Json } from "#model/value.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { TASKS, writePlaybooks } from "./role.ts";

const obstacle = await labObstacle();
const random = (word: string): string => `${word}-${randomBytes(12).toString("hex")}`;
const [TOKEN, PASSWORD, VAULTED, INLINE] = [random("token"), random("password"), random("vaulted"), random("inline")];

describeUnless(obstacle === undefined, obstacle ?? "")("a playbook with a role of 50 tasks", () => {
  const machine = labMachine(13, { label: "ansible", packages: ["python3"] });
  const directory = mkdtempSync(join(tmpdir(), "steading-playbooks-"));
  let project: TestProject;
  const said: string[] = [];
  const configure = async (more: { readonly [key: string]: Json }): Promise<void> => {
    const crypter = await newCrypter("test", "Pulumi.test.yaml");
    const ansible = await findAnsible("venv", "test", () => undefined);
    const config = { connection: { ...machine.connection() }, ansible, playbook: join(directory, "site.yml"), token: { secure: crypter.encrypt(TOKEN) }, vaultPassword: { secure: crypter.encrypt(PASSWORD) }, ...more };
    writeFileSync(join(project.directory, "Pulumi.test.yaml"), JSON.stringify({ encryptionsalt: crypter.salt, config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`test:${key}`, value])) }));
  };
  const steading = async (command: string, ...args: readonly string[]) => {
    const began = performance.now();
    const found = await project.json(command, ...args);
    process.stdout.write(`${command}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    said.push(JSON.stringify(found.output));
    return found;
  };
  const onHost = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString();

  beforeAll(async () => {
    project = testProject(new URL("program.ts", import.meta.url), {});
    const program = join(dirname(await findAnsible("venv", "test", () => undefined)), "ansible-vault");
    await writePlaybooks(directory, { program, password: PASSWORD, value: VAULTED, inline: INLINE });
    await configure({});
  }, 240_000);
  afterAll(async () => {
    project.remove();
    rmSync(directory, { recursive: true, force: true });
    await openHost(machine.connection()).close();
  });

  test("try", async () => {
    process.stdout.write((await project.run("preview")).stdout + "\n");
    process.stdout.write(JSON.stringify(await project.run("up"), undefined, 1).replaceAll("\\n", "\n") + "\n");
    process.stdout.write(String(TASKS) + await onHost("ls /srv/app | wc -l") + JSON.stringify(await steading("up")));
  }, 600_000);
});
