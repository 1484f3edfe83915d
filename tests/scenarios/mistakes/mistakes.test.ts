import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHost } from "#host/session.ts";
import { formatIssue } from "#model/issue.ts";
import type { JsonObject } from "#model/value.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { sshdObstacle, startSshd } from "../../support/sshd.ts";
import type { TestSshd } from "../../support/sshd.ts";
import { busyboxTree } from "../../support/tree.ts";

const PROFILE = 'timezone: Etc/UTC\npackges: [tree]\nsshd:\n  Port: 70000\nusers:\n  Bad Name: {}\nfiles:\n  /etc/../shadow: { content: "" }\n';

/** What is wrong with the layers of the program: place, message and what to do. */
const layers = [
  'layer wrong items.file["outside"].path: "/etc/../root/x" is not allowed here (an absolute path without `..`, `.` or `//`, for example /etc/motd)',
  'layer wrong items["sshd-setting"]["port"].value: "70000" is no port (a port from 1 to 65535)',
  'layer wrong items.user["bad"].name: "Bad Name" is not allowed here (lower-case letters, digits, - and _, starting with a letter, at most 32)',
  'layer wrong items.teapot["mine"]: there is no kind teapot (see docs/reference/kinds)',
  'layer round items.command["egg"]: these items wait for one another: command egg → command hen → command egg (remove one of the needs)',
  'layer one items.command["egg"]: these items wait for one another: command egg → command hen → command egg (remove one of the needs)',
  'layer twice items.file["issue"]: there are two items file issue (give each its own name)',
  'layer two items.user["bad"].name: "9lives" is not allowed here (lower-case letters, digits, - and _, starting with a letter, at most 32)',
];
/** Whichever layer comes second. */
const conflict = /^layer (one|two) items\.file\["motd"\]: file motd and file motd of layer (one|two) both decide on path:\/etc\/motd of 127\.0\.0\.1, and differ \(keep one of them, or declare both alike\)$/;

/** What is wrong with the profile and the settings, with the line and column of the file. */
const profile = [
  /bad\.yaml:2:1 packges: there is no key packges \(one of hostname, /,
  /bad\.yaml:4:3 sshd\.Port: 70000 must be <= 65535 \(a port from 1 to 65535\)$/,
  /bad\.yaml:6:3 users\.Bad Name: there is no key Bad Name \(a login name: /,
  /bad\.yaml:8:3 files\.\/etc\/\.\.\/shadow: there is no key .* \(an absolute path without `\.\.`\)$/,
  /^workstation desk nonsense: there is no key nonsense \(one of hostname, /,
];

describeUnless(sshdObstacle === undefined, sshdObstacle ?? "")("a stack full of mistakes", () => {
  const tree = busyboxTree("/run");
  const directory = mkdtempSync(join(tmpdir(), "steading-mistakes-"));
  const projects: TestProject[] = [];
  let sshd: TestSshd;
  const project = (config: JsonObject): TestProject => {
    const made = testProject(new URL("program.ts", import.meta.url), config);
    projects.push(made);
    return made;
  };
  const told = async (of: TestProject, command: string): Promise<readonly string[]> => {
    const { exitCode, output } = await of.json(command);
    expect([exitCode, output.result]).toEqual([1, "failed"]);
    return (output.issues ?? []).map(formatIssue);
  };
  beforeAll(async () => {
    sshd = await startSshd(tree.root);
    writeFileSync(join(directory, "bad.yaml"), PROFILE);
  });
  afterAll(async () => {
    for (const made of projects) made.remove();
    await sshd.stop();
    tree.remove();
    rmSync(directory, { recursive: true });
  });

  test("a preview tells all of them at once, each with place and fix, and no host hears of it", async () => {
    const issues = await told(project({ connection: { ...sshd.connection } }), "preview");
    expect(issues).toEqual(expect.arrayContaining(layers));
    expect(issues.filter((issue) => conflict.test(issue))).toHaveLength(1);
    expect(issues).toHaveLength(layers.length + 1);
    expect(sshd.handshakes()).toBe(0);
  }, 30_000);

  test("`up` tells the same to a person, and no host hears of it", async () => {
    const { exitCode, stderr } = await project({ connection: { ...sshd.connection } }).run("up");
    expect(exitCode).toBe(1);
    for (const line of layers) {
      const [, head = "", fix = ""] = /^(.*?) \((.*)\)$/.exec(line) ?? [];
      expect(stderr).toContain(`error ${head}\n      ${fix}`);
    }
    expect(sshd.handshakes()).toBe(0);
  }, 30_000);

  test("a wrong profile and an unknown host key do not hide the mistakes of other layers", async () => {
    const { hostKey: _, ...connection } = sshd.connection;
    const wrong = project({ connection: { ...connection }, workstation: true, profile: join(directory, "bad.yaml"), settings: { nonsense: 1 } });
    const issues = await told(wrong, "up");
    expect(issues).toEqual(expect.arrayContaining([...layers, ...profile.map((pattern): unknown => expect.stringMatching(pattern))]));
    expect(issues).toHaveLength(layers.length + 1 + profile.length);
    const { output } = await wrong.json("preview");
    expect(output.errors).toEqual([expect.objectContaining({ code: "host.refused", hostState: "untouched", message: expect.stringMatching(/host key not verified: [^]* ssh-keyscan -p \d+ -t ed25519 127\.0\.0\.1 prints/) as unknown })]);
    expect(sshd.handshakes()).toBe(0);
  }, 30_000);

  test("a handshake would have been seen", async () => {
    const host = openHost(sshd.connection);
    await host.probe([]);
    await host.close();
    expect(sshd.handshakes()).toBe(1);
  });
});
