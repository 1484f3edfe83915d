import { invocation } from "#ansible/invocation.ts";
import type { Invocation } from "#ansible/invocation.ts";
import type { UserConfig } from "#ansible/user-config.ts";
import type { Connection } from "#model/connection.ts";
import { secret } from "#model/value.ts";

const place = { directory: "/run/w", vaultProgram: "/run/w/vault-password" };
const source = "/run/w/inventory/steading_inventory.py";
const site = { playbook: "/p/site.yml", directory: "/p" };
const ssh: Connection = { via: "ssh", address: "192.0.2.7", port: 2222, user: "admin", hostKey: "ssh-ed25519 AAAA", identityFile: "/k/id key", sudoPassword: "pass word" };

const nothing: UserConfig = { callbackPlugins: [], inventoryPlugins: [], pipelining: undefined, interpreter: undefined, written: [] };

const inventory = ({ stdin }: Invocation): unknown => JSON.parse(stdin.trimEnd().split("\n").at(-1) ?? "");

describe("a run of ansible-playbook", () => {
  test("looks with --check --diff, applies without", () => {
    expect(invocation(site, ssh, place, nothing, true).argv).toEqual(["--inventory", source, "--check", "--diff", "--", "/p/site.yml"]);
    expect(invocation(site, ssh, place, nothing, false).argv).toEqual(["--inventory", source, "--", "/p/site.yml"]);
  });

  test("has tags, variables and become in its command line", () => {
    const { argv, files } = invocation({ ...site, tags: ["a", "b"], skipTags: ["c"], become: true, extraVars: { port: 80 } }, ssh, place, nothing, false);
    expect(argv.slice(2, -2)).toEqual(["--extra-vars", "@/run/w/extra-vars.json", "--tags", "a,b", "--skip-tags", "c", "--become"]);
    expect(files).toEqual({ "/run/w/extra-vars.json": '{"port":80}' });
  });

  test("hands secrets over on standard input, and nowhere else", () => {
    const made = invocation({ ...site, extraVars: { token: secret("to {{ ken }}"), deep: [{ key: secret("k3y") }] }, vaultPassword: secret("open sesame") }, ssh, place, nothing, false);
    expect(Object.values(made.files)).toEqual(['{"token":"{{ steading_secret_0 }}","deep":[{"key":"{{ steading_secret_1 }}"}]}']);
    expect(made.argv).toEqual(expect.arrayContaining(["--vault-password-file", place.vaultProgram]));
    expect(made.stdin.split("\n")[0]).toBe("open sesame");
    expect(inventory(made)).toMatchObject({ secrets: { steading_secret_0: "to {{ ken }}", steading_secret_1: "k3y" }, vars: { ansible_become_password: "pass word" } });
    const open = JSON.stringify([made.argv, made.env, made.files]);
    for (const text of ["ken }}\"", "k3y", "sesame", "pass word"]) expect(open).not.toContain(text);
  });

  test("verifies host keys, whatever an ansible.cfg says, with options that sftp reads alike", () => {
    const made = invocation({ ...site, groups: ["web"], inventoryName: "desk" }, ssh, place, nothing, false);
    const args = made.env["ANSIBLE_SSH_ARGS"] ?? "";
    expect(args).toMatch(/^-o 'StrictHostKeyChecking=yes' -o 'BatchMode=yes' -F /);
    expect(args).toContain("-i '/k/id key' -o 'IdentitiesOnly=yes'");
    expect(args).toMatch(/UserKnownHostsFile=\S+\.pub'/);
    expect(args).not.toMatch(/(^| )-[pl] /);
    expect(made.env).toMatchObject({ ANSIBLE_HOST_KEY_CHECKING: "True", ANSIBLE_LOCAL_TEMP: "/run/w" });
    expect(inventory(made)).toMatchObject({ host: "desk", groups: ["web"], vars: { ansible_host: "192.0.2.7", ansible_port: 2222, ansible_user: "admin", ansible_ssh_args: args } });
  });

  test("asks nobody, and leaves what the user has set", () => {
    expect(invocation(site, ssh, place, nothing, false).env).toMatchObject({ ANSIBLE_ASK_PASS: "False", ANSIBLE_BECOME_ASK_PASS: "False", ANSIBLE_ASK_VAULT_PASS: "False", ANSIBLE_PIPELINING: "True", ANSIBLE_PYTHON_INTERPRETER: "auto_silent" });
    const { env } = invocation(site, ssh, place, { ...nothing, callbackPlugins: ["/p/callbacks"], inventoryPlugins: ["/p/a", "/p/b"], pipelining: "False", interpreter: "/opt/python" }, false);
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(["ANSIBLE_PIPELINING"]));
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(["ANSIBLE_PYTHON_INTERPRETER"]));
    expect(env).toMatchObject({ ANSIBLE_CALLBACK_PLUGINS: "/run/w/callback:/p/callbacks", ANSIBLE_INVENTORY_PLUGINS: "/run/w/inventory:/p/a:/p/b" });
  });

  test("reaches this machine without ssh", () => {
    expect(inventory(invocation(site, { via: "local" }, place, nothing, false))).toEqual({ host: "localhost", groups: [], vars: { ansible_connection: "local" }, secrets: {} });
  });
});
