import { invocation } from "#ansible/invocation.ts";
import type { Invocation } from "#ansible/invocation.ts";
import type { Connection } from "#model/connection.ts";
import { secret } from "#model/value.ts";

const place = { directory: "/run/w", vaultProgram: "/run/w/vault-password" };
const source = "/run/w/inventory/steading_inventory.py";
const site = { playbook: "/p/site.yml", directory: "/p" };
const ssh: Connection = { via: "ssh", address: "192.0.2.7", port: 2222, user: "admin", hostKey: "ssh-ed25519 AAAA", identityFile: "/k/id key", sudoPassword: "pass word" };

const inventory = ({ stdin }: Invocation): unknown => JSON.parse(stdin.trimEnd().split("\n").at(-1) ?? "");

describe("a run of ansible-playbook", () => {
  test("looks with --check --diff, applies without", () => {
    expect(invocation(site, ssh, place, true).argv).toEqual(["--inventory", source, "--check", "--diff", "--", "/p/site.yml"]);
    expect(invocation(site, ssh, place, false).argv).toEqual(["--inventory", source, "--", "/p/site.yml"]);
  });

  test("has tags, variables and become in its command line", () => {
    const { argv } = invocation({ ...site, tags: ["a", "b"], skipTags: ["c"], become: true, extraVars: { port: 80 } }, ssh, place, false);
    expect(argv.slice(2, -2)).toEqual(["--extra-vars", '{"port":80}', "--tags", "a,b", "--skip-tags", "c", "--become"]);
  });

  test("hands secrets over on standard input, and nowhere else", () => {
    const made = invocation({ ...site, extraVars: { token: secret("to {{ ken }}"), deep: [{ key: secret("k3y") }] }, vaultPassword: secret("open sesame") }, ssh, place, false);
    expect(made.argv).toContain('{"token":"{{ steading_secret_0 }}","deep":[{"key":"{{ steading_secret_1 }}"}]}');
    expect(made.argv).toEqual(expect.arrayContaining(["--vault-password-file", place.vaultProgram]));
    expect(made.stdin.split("\n")[0]).toBe("open sesame");
    expect(inventory(made)).toMatchObject({ secrets: { steading_secret_0: "to {{ ken }}", steading_secret_1: "k3y" }, vars: { ansible_become_password: "pass word" } });
    const open = JSON.stringify([made.argv, made.env]);
    for (const text of ["ken }}\"", "k3y", "sesame", "pass word"]) expect(open).not.toContain(text);
  });

  test("verifies host keys, whatever an ansible.cfg says, with options that sftp reads alike", () => {
    const made = invocation({ ...site, groups: ["web"], inventoryName: "desk" }, ssh, place, false);
    const args = made.env["ANSIBLE_SSH_ARGS"] ?? "";
    expect(args).toMatch(/^-o 'StrictHostKeyChecking=yes' -o 'BatchMode=yes' -F /);
    expect(args).toContain("-i '/k/id key' -o 'IdentitiesOnly=yes'");
    expect(args).toMatch(/UserKnownHostsFile=\S+\.pub'/);
    expect(args).not.toMatch(/(^| )-[pl] /);
    expect(made.env).toMatchObject({ ANSIBLE_HOST_KEY_CHECKING: "True", ANSIBLE_LOCAL_TEMP: "/run/w" });
    expect(inventory(made)).toMatchObject({ host: "desk", groups: ["web"], vars: { ansible_host: "192.0.2.7", ansible_port: 2222, ansible_user: "admin", ansible_ssh_args: args } });
  });

  test("reaches this machine without ssh", () => {
    expect(inventory(invocation(site, { via: "local" }, place, false))).toEqual({ host: "localhost", groups: [], vars: { ansible_connection: "local" }, secrets: {} });
  });
});
