import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { findAnsible } from "#ansible/find.ts";
import { invocation } from "#ansible/invocation.ts";
import { runPlaybook } from "#ansible/run.ts";
import type { PlaybookRun } from "#ansible/run.ts";
import { userConfig } from "#ansible/user-config.ts";
import type { Connection } from "#model/connection.ts";
import type { Json } from "#model/value.ts";
import { planOf } from "#provider/playbook-plan.ts";
import { describeUnless } from "../support/skip.ts";

const program = await findAnsible("venv", "this test", () => undefined).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
const directory = mkdtempSync(join(tmpdir(), "steading-run-"));
const at = (name: string): string => join(directory, name);

function write(path: string, content: Json): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), typeof content === "string" ? content : JSON.stringify(content));
  return at(path);
}

/** Looks at tasks, or runs them, on this machine; files lie beside the playbook. */
function run(tasks: readonly Json[], { files = {}, check = true, to = { via: "local" }, extraVars = {}, play = {}, more = [] }: { files?: { readonly [path: string]: Json }; check?: boolean; to?: Connection; extraVars?: { readonly [name: string]: Json }; play?: { readonly [key: string]: Json }; more?: readonly Json[] } = {}): Promise<PlaybookRun> {
  for (const [path, content] of Object.entries(files)) write(path, content);
  const playbook = write("play/site.yml", [{ hosts: "all", gather_facts: false, tasks, ...play }, ...more]);
  if (program instanceof Error) throw program;
  return runPlaybook(program, at("play"), (place) => invocation({ playbook, directory: at("play"), inventoryName: "desk", extraVars: { here: directory, ...extraVars }, vaultPassword: "opens" }, to, place, userConfig(at("play")), check), new AbortController().signal, () => undefined);
}

const copy = (name: string, content: string, more: { readonly [key: string]: Json } = {}): Json => ({ name, copy: { dest: `{{ here }}/${name}`, content }, ...more });

describeUnless(!(program instanceof Error), program instanceof Error ? program.message : "")("a run of Ansible", () => {
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    rmSync(at("play"), { recursive: true, force: true });
    // The user's own word counts: on this machine others may be found that do not start.
    write("play/ansible.cfg", "[defaults]\ninterpreter_python = /usr/bin/python3\n");
  });

  test("what check mode cannot tell goes on through all that uses it, and no further", async () => {
    const template = (name: string): Json => ({ name, template: { src: `${name}.j2`, dest: `{{ here }}/${name}` } });
    const tasks: readonly (readonly [Json, string, string])[] = [
      [{ name: "asked", command: "echo 1.2.3", register: "res" }, "asked", "cannot-tell"],
      [copy("content", "{{ res.stdout }}", { notify: "maybe" }), "content", "cannot-tell"],
      [copy("a word", "the res is in", { notify: "surely" }), "a word", "change"],
      [copy("task vars", "{{ one }}", { vars: { one: "{{ res.stdout }}" } }), "task vars", "cannot-tell"],
      [{ vars: { two: "{{ res.stdout }}" }, block: [copy("block vars", "{{ two }}")] }, "block vars", "cannot-tell"],
      [copy("group vars", "{{ three }}"), "group vars", "cannot-tell"],
      [copy("other group vars", "{{ four }}"), "other group vars", "change"],
      [{ name: "fact", set_fact: { version: "{{ res.stdout }}" } }, "fact", "cannot-tell"],
      [copy("by fact", "{{ version }}"), "by fact", "cannot-tell"],
      [template("itself"), "itself", "cannot-tell"],
      [template("including"), "including", "cannot-tell"],
      [template("plain"), "plain", "change"],
      [copy("loop", "{{ item }}", { loop: "{{ res.stdout_lines | default([1]) }}" }), "loop", "cannot-tell"],
      [copy("when", "b", { when: "res.rc | default(0) == 0" }), "when", "cannot-tell"],
      [copy("environment", "c", { environment: { V: "{{ res.stdout }}" } }), "environment", "cannot-tell"],
      [{ name: "would run", command: { cmd: "echo 1", creates: "/nowhere" }, register: "ran" }, "would run", "change"],
      [copy("what it prints", "{{ ran.stdout }}"), "what it prints", "cannot-tell"],
      [copy("that it runs", "b", { when: "ran is changed" }), "that it runs", "change"],
      [{ import_role: { name: "app" } }, "app : of a role", "cannot-tell"],
      [{ name: "led on", include_role: { name: "late" } }, "late : of a default", "cannot-tell"],
      [{ name: "set anew", stat: { path: "/" }, register: "res" }, "set anew", "same"],
      [copy("by what is set anew", "{{ res.stat.exists }}"), "by what is set anew", "change"],
    ];
    const files = {
      "play/group_vars/all.yml": { three: "{{ res.stdout }}", four: "4" },
      "play/roles/app/tasks/main.yml": [template("of a role")],
      "play/roles/app/templates/of a role.j2": "{{ res.stdout }}",
      "play/roles/late/tasks/main.yml": [copy("of a default", "{{ five }}")],
      "play/roles/late/defaults/main.yml": { five: "{{ res.stdout }}" },
      "play/templates/itself.j2": "{{ res.stdout }}",
      "play/templates/including.j2": "{% include 'itself.j2' %}",
      "play/templates/plain.j2": "res",
    };
    const handlers = ["maybe", "surely"].map((name) => copy(name, name));
    const ran = await run(tasks.map(([task]) => task), { files, play: { handlers } });
    const { items, unchanged } = planOf(ran.tasks, new Set());
    const found = Object.fromEntries([...items.map(({ name, action }) => [name, action] as const), ...unchanged.map((name) => [name.replace("task ", ""), "same"] as const)]);
    expect(found).toEqual({ ...Object.fromEntries(tasks.map(([, name, action]) => [name, action])), "led on": "same", maybe: "cannot-tell", surely: "change" });
    expect(items.find(({ name }) => name === "content")?.fields).toEqual([{ field: "", note: "it uses res of task asked, which check mode does not run" }]);
  }, 120_000);

  test("what a vault holds is masked, however it is written, and wherever it lies", async () => {
    const vaulted = [
      "creds: {user: bobby, pw: flowpass-11111}", "commented: commentpass-22222 # rotate", 'quoted: "quo\\"tedpass-33333"', "single: 'it''s-pass-44444'",
      'json: {"token": ["jsonpass-55555"]}', "folded: >-", "  foldedpass-66666", "  and more", "",
    ].join("\n");
    for (const file of ["play/group_vars/all.yml", "secrets/v.yml"]) {
      write(file, file.startsWith("play") ? vaulted : "outside: outside-77777\n");
      write("password", "opens\n");
      await execa(join(dirname(program instanceof Error ? "" : program), "ansible-vault"), ["encrypt", "--vault-password-file", at("password"), at(file)], { env: { LC_ALL: "C.UTF-8" } });
    }
    const names = ["creds.pw", "commented", "quoted", "single", "json.token", "folded", "outside", "creds | to_json", "quoted | to_json"];
    const ran = await run([{ include_vars: "../secrets/v.yml" }, ...names.map((name, index) => copy(String(index), `{{ ${name} }}`)), { name: "says", fail: { msg: names.map((name) => `{{ ${name} }}`).join(" ") } }]);
    const told = JSON.stringify(ran);
    expect(ran.tasks).toHaveLength(names.length + 2);
    expect(["flowpass", "commentpass", "quo", "tedpass", "s-pass", "jsonpass", "foldedpass", "outside-7"].filter((text) => told.includes(text))).toEqual([]);
    expect(ran.tasks.at(-1)?.message).toContain("[secret]");
  }, 60_000);

  test.each<readonly [string, { readonly [path: string]: Json }, readonly string[]]>([
    ["host_vars", { "play/host_vars/desk.yml": { ansible_connection: "local" } }, ["ansible_connection"]],
    ["group_vars, with the older names too", { "play/group_vars/all.yml": { ansible_ssh_user: "other", ansible_port: "{{ 20 + 2 }}" } }, ["ansible_port", "ansible_ssh_user"]],
  ])("variables that lead to another machine are refused before a task: %s", async (_, files, expected) => {
    const to: Connection = { via: "ssh", address: "192.0.2.7" };
    const { log, exitCode } = await run([copy("elsewhere", "x")], { files, to, check: false });
    expect([log.refused.map(({ name }) => name), log.begun, exitCode]).toEqual([expected, 0, 1]);
  }, 60_000);

  test("those of other hosts and those that say the same are none of ours", async () => {
    const { log, tasks } = await run([copy("here", "x", { delegate_to: "localhost" })], { files: { "play/host_vars/desk.yml": { ansible_host: "{{ '192.0.2.7' }}", ansible_user: "root" }, "play/host_vars/localhost.yml": { ansible_connection: "local" } }, to: { via: "ssh", address: "192.0.2.7" } });
    expect([log.refused, tasks.map(({ status }) => status)]).toEqual([[], ["changed"]]);
  }, 60_000);

  test("a failure says why, item by item; what a command printed where it says nothing else", async () => {
    const { tasks } = await run([
      { name: "items", command: "sh -c 'echo out-{{ item }}; {{ item }}'", loop: ["true", "exit 3"], ignore_errors: true },
      { name: "stderr", shell: "echo out; echo why >&2; exit 4", ignore_errors: true },
      { name: "uri", uri: { url: "http://127.0.0.1:1/" } },
    ], { check: false });
    expect(tasks[0]?.message).toContain("exit 3: non-zero return code\nout-exit 3");
    expect(tasks[1]?.message).toBe("non-zero return code\nwhy");
    expect(tasks[2]?.message).toMatch(/refused/);
  }, 60_000);

  test("a host that may be unreachable is no failure; a task on several hosts ends as on the worst, and names that", async () => {
    const { exitCode, tasks } = await run([
      { name: "away", ping: {}, delegate_to: "away", ignore_unreachable: true, vars: { ansible_connection: "ssh", ansible_host: "127.0.0.1", ansible_port: 1 } },
      { name: "two more", add_host: { name: "{{ item }}", ansible_connection: "local" }, loop: ["other", "third"] },
    ], { check: false, more: [{ hosts: "other,third,desk", gather_facts: false, tasks: [{ name: "on three", command: "test {{ inventory_hostname }} != other" }] }] });
    expect([exitCode, tasks.map(({ status }) => status)]).toEqual([2, ["ignored", "changed", "failed"]]);
    expect(tasks[2]?.message).toBe("other: non-zero return code");
  }, 60_000);

  test("variables may be longer than a command line; a program that does not start is told", async () => {
    const { tasks, exitCode } = await run([{ name: "long", assert: { that: "long | length == 300000" } }], { extraVars: { long: "x".repeat(300_000) } });
    expect([exitCode, tasks[0]?.status]).toEqual([0, "ok"]);
    const none = await runPlaybook("/nowhere/ansible-playbook", directory, (place) => invocation({ playbook: at("site.yml"), directory }, { via: "local" }, place, userConfig(directory), true), new AbortController().signal, () => undefined);
    expect([none.exitCode, none.said]).toEqual([255, expect.stringContaining("ENOENT")]);
  }, 60_000);
});
