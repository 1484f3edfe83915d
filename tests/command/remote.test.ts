import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import { makeCommandProvider } from "#command/provider.ts";
import { ARCHIVE, ASSET, isObject, isSecret, secret, SIGNATURE } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { describeUnless } from "../support/skip.ts";
import { sshdObstacle, startSshd } from "../support/sshd.ts";
import type { TestSshd } from "../support/sshd.ts";

const PASSWORD = "open 'sesame' \\ 8f";
const provider = makeCommandProvider(() => undefined);
const run = async (create: string, connection: JsonObject, more: JsonObject = {}) => {
  const type = "command:remote:Command";
  const about = { urn: `urn:pulumi:dev::p::${type}::far`, type, name: "far" };
  const { inputs, failures } = await provider.check({ ...about, news: { create, connection: { dialErrorLimit: 0, ...connection }, ...more } });
  expect(failures).toEqual([]);
  const { properties } = await provider.create({ ...about, inputs, preview: false, timeoutSeconds: 0 });
  const held = isSecret(properties["connection"]) ? properties["connection"].value : null;
  // As the package's own plugin has it: keys and passwords are secrets once more.
  const secrets = isObject(held) ? Object.keys(held).filter((key) => isSecret(held[key] ?? null)) : ["no connection"];
  expect(secrets.sort()).toEqual(Object.keys(connection).filter((key) => /^password$|^privateKey/.test(key)).sort());
  return properties["stdout"];
};
const copy = async (type: string, inputs: JsonObject) => {
  const about = { urn: `urn:pulumi:dev::p::${type}::copy`, type, name: "copy" };
  return provider.create({ ...about, inputs, preview: false, timeoutSeconds: 0 });
};

describeUnless(sshdObstacle === undefined, sshdObstacle ?? "")("commands on another machine", () => {
  let server: TestSshd;
  let directory: string;
  let to: JsonObject;
  beforeAll(async () => {
    const hash = execaSync("openssl", ["passwd", "-6", PASSWORD]).stdout;
    server = await startSshd(undefined, { settings: ["PermitRootLogin yes", "PasswordAuthentication yes", "KbdInteractiveAuthentication no", "AllowTcpForwarding yes"], users: [`walker:${hash}:0:0::/root:/bin/sh`] });
    directory = mkdtempSync(join(tmpdir(), "steading-command-"));
    const { port = 0, hostKey = "", identityFile = "" } = server.connection;
    to = { host: "127.0.0.1", port, hostKey, privateKey: readFileSync(identityFile, "utf8") };
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  test("a command runs, with its environment and its input, by the shell of whoever logs in", async () => {
    expect(await run("echo \"$A\"; cat; echo $0", to, { environment: { A: "it's \"x\" $HOME\nnext" }, stdin: "read 'me'\n" })).toBe("it's \"x\" $HOME\nnext\nread 'me'\n/bin/bash");
  });

  test("a key that has a password", async () => {
    const file = join(directory, "locked");
    copyFileSync(server.connection.identityFile ?? "", file);
    execaSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", PASSWORD, "-f", file]);
    const locked = { ...to, privateKey: readFileSync(file, "utf8") };
    expect(await run("echo in", { ...locked, privateKeyPassword: PASSWORD })).toBe("in");
    await expect(run("echo in", { ...locked, privateKeyPassword: "wrong" })).rejects.toThrow(/private key cannot be used/);
    await expect(run("echo in", locked)).rejects.toThrow(/private key cannot be used/);
  });

  test("a password", async () => {
    const { privateKey: _, ...others } = to;
    expect(await run("id -un", { ...others, user: "walker", password: PASSWORD, agentSocketPath: "/dev/null" })).toBe("walker");
    await expect(run("id -un", { ...others, user: "walker", password: "wrong", agentSocketPath: "/dev/null" })).rejects.toThrow(/no connection after 1 try: [^]*Permission denied/);
  });

  test("through another machine, which is verified too", async () => {
    expect(await run("echo ${SSH_CONNECTION%% *}", { ...to, proxy: to })).toBe("127.0.0.1");
    await expect(run("true", { ...to, proxy: { ...to, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUOiV6Ze0Eh7EeGnhnM8dB3xwgKlF9PMyOqxqLoVlnV" } })).rejects.toThrow(/no connection/);
  });

  test("a host whose key nobody gave, and nobody knows, is refused", async () => {
    const { hostKey: _, ...others } = to;
    await expect(run("true", others)).rejects.toThrow(/no connection after 1 try: [^]*ost key/);
  });

  test("a failure says how it ended, and nothing is tried again", async () => {
    const before = server.handshakes();
    await expect(run("echo one; exit 4", { ...to, dialErrorLimit: 10 })).rejects.toThrow('Process exited with status 4: running "echo one; exit 4":\none');
    expect(server.handshakes() - before).toBe(1);
    await expect(run("true", { ...to, port: 1, dialErrorLimit: 1, perDialTimeout: 2 })).rejects.toThrow(/no connection after 2 tries: [^]*refused/);
  });

  test("files and texts are copied, byte by byte; folders on the way are made", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    writeFileSync(join(directory, "blob"), bytes);
    const remotePath = join(directory, "new folder/it's");
    await copy("command:remote:CopyFile", { connection: secret(to), localPath: join(directory, "blob"), remotePath });
    expect(readFileSync(remotePath).equals(bytes)).toBe(true);
    await copy("command:remote:CopyToRemote", { connection: secret(to), source: { path: join(directory, "blob") }, remotePath: join(directory, "new folder") });
    expect(readFileSync(join(directory, "new folder/blob")).equals(bytes)).toBe(true);
    await copy("command:remote:CopyToRemote", { connection: secret(to), source: { text: "words" }, remotePath });
    expect(readFileSync(remotePath, "utf8")).toBe("words");
    await expect(copy("command:remote:CopyToRemote", { connection: secret(to), source: { text: "words" }, remotePath: directory })).rejects.toThrow("is a directory");
  });

  test("folders and assets by their names are copied, with who may run them; of `folder/` it is what is in it", async () => {
    const from = join(directory, "folder");
    mkdirSync(join(from, "in/empty"), { recursive: true });
    writeFileSync(join(from, "in/run"), "#!/bin/sh\n", { mode: 0o750 });
    writeFileSync(join(from, "it's"), "words", { mode: 0o600 });
    const list = (path: string): string => execaSync("find", [".", "-printf", "%P %m %s\n"], { cwd: path }).stdout.split("\n").sort().join("|");
    const archive = (of: JsonObject) => ({ [SIGNATURE]: ARCHIVE, ...of });
    const there = join(directory, "there");
    const all = " 755 4096|in 755 4096|in/empty 755 4096|in/run 755 10|it's 644 5";
    // As there is no such folder yet, it is made; then the copy goes into it, twice.
    for (let times = 0; times < 2; times++) await copy("command:remote:CopyToRemote", { connection: secret(to), source: archive({ path: from }), remotePath: join(there, "deep er") });
    expect(list(join(there, "deep er/folder"))).toBe(all);
    await copy("command:remote:CopyToRemote", { connection: secret(to), source: archive({ path: `${from}/` }), remotePath: join(there, "flat") });
    expect(list(join(there, "flat"))).toBe(all);
    await copy("command:remote:CopyToRemote", { connection: secret(to), source: archive({ assets: { "a/b": { [SIGNATURE]: ASSET, text: "b" }, c: archive({ path: from }) } }), remotePath: join(there, "named") });
    expect(readFileSync(join(there, "named/a/b"), "utf8")).toBe("b");
    expect(readFileSync(join(there, "named/c/it's"), "utf8")).toBe("words");
    await expect(copy("command:remote:CopyToRemote", { connection: secret(to), source: archive({ path: from }), remotePath: join(there, "named/a/b") })).rejects.toThrow(/could not be written: mkdir/);
    await expect(copy("command:remote:CopyToRemote", { connection: secret(to), source: { path: join(from, "none") }, remotePath: there })).rejects.toThrow(/ENOENT.*none/);
  });
});
