import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

type Task = Readonly<Record<string, unknown>>;

const many = (count: number, task: (index: number) => Task): readonly Task[] => Array.from({ length: count }, (_, index) => task(index));

/** A role of 50 tasks: what is changed on the host, what only check mode or nobody may see, and what is only looked at. */
const tasks: readonly Task[] = [
  { name: "folder of the app", file: { path: "/srv/app", state: "directory", mode: "0755" } },
  ...many(6, (n) => ({ name: `folder ${String(n)}`, file: { path: `/srv/app/${String(n)}`, state: "directory", mode: "0750" } })),
  ...many(6, (n) => ({ name: `file ${String(n)}`, copy: { dest: `/srv/app/file-${String(n)}`, content: `file ${String(n)}\n`, mode: "0644" } })),
  { name: "secret file", copy: { dest: "/srv/app/token", content: "{{ token }}\n{{ vaulted }}\n", mode: "0600" } },
  { name: "vaulted, in one line", lineinfile: { path: "/srv/app/lines", line: "{{ inline }}", create: true } },
  ...many(4, (n) => ({ name: `line ${String(n)}`, lineinfile: { path: "/srv/app/lines", line: `line ${String(n)}`, create: true } })),
  ...many(4, (n) => ({ name: `made once ${String(n)}`, command: { cmd: `touch /srv/app/once-${String(n)}`, creates: `/srv/app/once-${String(n)}` } })),
  { name: "a bare command", shell: "echo ran >> /srv/app/ran", register: "bare", notify: "bounce" },
  { name: "follows the bare command", debug: { msg: "it ran" }, when: "bare is changed" },
  { name: "what nobody may see", copy: { dest: "/srv/app/unseen", content: "unseen\n" }, no_log: true },
  ...many(24, (n) => ({ name: `holds ${String(n)}`, assert: { that: ["true"], quiet: true } })),
];

/** The number of tasks in the role. */
export const TASKS = tasks.length;

/** Writes JSON, which is YAML. */
const write = (directory: string, path: string, value: unknown): void => {
  mkdirSync(join(directory, path, ".."), { recursive: true });
  writeFileSync(join(directory, path), JSON.stringify(value, undefined, 1));
};

/** Writes playbooks and the role: `site.yml`, `failing.yml`, `undo.yml`. */
export async function writePlaybooks(directory: string, vault: { readonly program: string; readonly password: string; readonly value: string; readonly inline: string }): Promise<void> {
  write(directory, "roles/app/tasks/main.yml", tasks);
  write(directory, "roles/app/handlers/main.yml", [{ name: "bounce", command: "true" }]);
  const play = { hosts: "web", gather_facts: false };
  write(directory, "site.yml", [{ ...play, roles: ["app"] }]);
  write(directory, "failing.yml", [
    {
      ...play,
      tasks: [
        { name: "before", copy: { dest: "/srv/before", content: "before\n" } },
        { name: "the one that breaks", shell: "echo it breaks for {{ token }} >&2; exit {{ broken | ternary(3, 0) }}" },
        { name: "after", copy: { dest: "/srv/after", content: "after\n" } },
      ],
    },
  ]);
  write(directory, "undo.yml", [{ ...play, tasks: [{ name: "take it back", file: { path: "/srv/app", state: "absent" } }] }]);
  const encrypt = (args: readonly string[], input: string) => execa(vault.program, ["encrypt", "--vault-password-file", join(directory, "password"), ...args], { input, env: { LC_ALL: "C.UTF-8" } });
  writeFileSync(join(directory, "password"), `${vault.password}\n`);
  mkdirSync(join(directory, "group_vars/web"), { recursive: true });
  await encrypt(["--output", join(directory, "group_vars/web/vault.yml")], `vaulted: ${vault.value}\n`);
  const { stdout } = await execa(vault.program, ["encrypt_string", "--vault-password-file", join(directory, "password"), "--stdin-name", "inline"], { input: vault.inline, env: { LC_ALL: "C.UTF-8" } });
  writeFileSync(join(directory, "group_vars/web/inline.yml"), `${stdout}\n`);
}
