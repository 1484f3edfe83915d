import pulumi from "@pulumi/pulumi";
import { Host } from "#components/host.ts";
import { merge, Workstation } from "#components/workstation.ts";
import type { WorkstationArgs } from "#components/workstation.ts";
import { file } from "#kinds/file.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { isObject } from "#model/value.ts";

const layers = new Map<string, JsonObject>();

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource({ name, type, inputs }: { name: string; type: string; inputs: JsonObject }) {
      if (type === "steading:host:Layer") layers.set(name, inputs);
      return { id: `${name}-id`, state: inputs };
    },
    call: () => ({}),
  });
});

/** The items of a workstation, `{ [kind]: { [name]: want } }`. */
async function itemsOf(name: string, args: Omit<WorkstationArgs, "host">, connection: object = {}): Promise<Record<string, Record<string, JsonObject>>> {
  const host = new Host(name, { connection: { via: "ssh", address: "desk.home", ...connection } });
  const { layer } = new Workstation(name, { host, ...args });
  await new Promise((resolve) => layer.urn.apply(resolve));
  return layers.get(name)?.["items"] as Record<string, Record<string, JsonObject>>;
}

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9Q3f2vYpTnS0dR5mH1cX7bK4wEaLzUoGjFvIyPqDhN grace";

test.each<readonly [string, Json, Json, Json]>([
  ["a single value replaces", { locale: "C.UTF-8" }, { locale: "en_GB.UTF-8" }, { locale: "en_GB.UTF-8" }],
  ["lists join without repetition", { packages: ["git", "tmux"] }, { packages: ["tmux", "jq"] }, { packages: ["git", "tmux", "jq"] }],
  ["maps join by key, deeply", { users: { ada: { sudo: "no", shell: "/bin/sh" } } }, { users: { ada: { sudo: "password" }, grace: {} } }, { users: { ada: { sudo: "password", shell: "/bin/sh" }, grace: {} } }],
  ["what is not mentioned stays", { timeSync: true }, {}, { timeSync: true }],
])("%s", (_, under, over, expected) => {
  expect(merge(under, over)).toEqual(expected);
});

describe("a workstation", () => {
  test.each(["desktop", "server", "minimal"])("can be made of the profile %s alone", async (profile) => {
    const items = await itemsOf(`only-${profile}`, { profile });
    expect(items["package"]).toHaveProperty("unattended-upgrades");
    expect(items["sshd-setting"]).toHaveProperty("PasswordAuthentication");
    expect(items["locale-and-timezone"]).toHaveProperty("here");
  });

  test("of nothing has no items", async () => {
    expect(await itemsOf("nothing", {})).toEqual({});
  });

  test("brings the packages that its choices need", async () => {
    const items = await itemsOf("needs", { settings: { locale: "de_DE.UTF-8", timeSync: true, firewall: {}, users: { ada: { sudo: "password" } } } });
    expect(Object.keys(items["package"] ?? {}).sort()).toEqual(["locales", "nftables", "sudo", "systemd-timesyncd", "tzdata"]);
  });

  test("gives a person a login, keys and sudo", async () => {
    const items = await itemsOf("people", { settings: { users: { grace: { comment: "Grace", groups: ["adm"], keys: [key], sudo: "no-password" } } } });
    expect(items["user"]?.["grace"]).toMatchObject({ name: "grace", comment: "Grace", groups: ["adm"], shell: "/bin/bash" });
    expect(items["authorized-key"]).toEqual({ "grace grace": { user: "grace", key } });
    expect(items["sudo-rule"]?.["grace"]).toMatchObject({ user: "grace", noPassword: true });
  });

  test("tells keys of one comment apart by their ends, and takes one that is there twice as one", async () => {
    const other = key.replace("PqDhN", "XXXXX");
    const items = await itemsOf("keys", { settings: { users: { grace: { keys: [key, other, key] } } } });
    expect(items["authorized-key"]).toEqual({ "grace grace": { user: "grace", key }, "grace grace oGjFvIyXXXXX": { user: "grace", key: other } });
  });

  test("never forgets the port that Steading comes in by, nor the one that it declares", async () => {
    const items = await itemsOf("ports", { settings: { sshd: { Port: 2222 }, firewall: { allow: [{ ports: [443] }] } } }, { port: 2200 });
    const chains = items["nftables-table"]?.["firewall"]?.["chains"];
    const input = isObject(chains) ? chains["input"] : undefined;
    expect(input).toMatchObject({ policy: "drop", rules: expect.arrayContaining([{ protocol: "tcp", ports: [2200, 2222] }, { protocol: "tcp", ports: [443] }]) as Json });
  });

  test("takes further items of any kind", async () => {
    const items = await itemsOf("more", { items: [file("motd", { path: "/etc/motd", content: "hello\n" })] });
    expect(items).toEqual({ file: { motd: { path: "/etc/motd", content: "hello\n" } } });
  });

  test("leaves all mistakes of its settings to the check of its layer, with no items made of them", async () => {
    const items = await itemsOf("wrong", { profile: "desktop", settings: { hostname: "Not A Name", firewall: { allow: [{ ports: [70000] }] } } });
    expect(items).toEqual({});
    const mistakes = layers.get("wrong")?.["mistakes"] as JsonObject[];
    expect(mistakes.map(({ path }) => path)).toEqual(["hostname", "firewall.allow.0.ports.0"]);
  });
});
