import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";
import { sshOptions } from "#host/ssh.ts";
import type { SshConnection } from "#model/connection.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, tried } from "../../support/soak.ts";
import { sshdObstacle, startSshd } from "../../support/sshd.ts";
import type { SshdOptions, TestSshd } from "../../support/sshd.ts";
import { homeObstacle, sshHome } from "./home.ts";
import type { Home, HomeFiles, Outcome } from "./home.ts";

const obstacle = sshdObstacle ?? homeObstacle();
const directory = mkdtempSync("/run/steading-keys-");
const file = (name: string) => join(directory, name);
/** A key pair's private file. */
function key(name: string, type = "ed25519"): string {
  execaSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", file(name)]);
  return file(name);
}
/** Type and key, without the comment. */
const publicKey = (path: string): string => readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");

/** What an attempt came to, and the SSH message numbers that arrived (RFC 4250, section 4.1.2): below 50, and not 5, is before any authentication. */
interface Attempt {
  readonly outcome: Outcome;
  readonly received: readonly number[];
}
const PROMISE = "host-key cases judged right, and no byte of a login sent to those refused";
const KEY_EXCHANGE = [20, 30];
const USERAUTH_REQUEST = 50;

describeUnless(obstacle === undefined, obstacle ?? "")("host keys, with the system's ssh against real servers", () => {
  let home: Home;
  const started = new Set<TestSshd>();
  const start = async (options: SshdOptions = {}): Promise<TestSshd> => {
    // A shell that reads no file of this machine's root.
    const sshd = await startSshd(undefined, { ...options, users: ["root:*:0:0::/root:/bin/sh"], settings: ["LogLevel DEBUG3", ...(options.settings ?? [])] });
    started.add(sshd);
    return sshd;
  };
  const stop = async (sshd: TestSshd): Promise<void> => {
    started.delete(sshd);
    await sshd.stop();
  };
  const keyOf = ({ connection: { hostKey = "" } }: TestSshd): string => hostKey.split(" ").slice(0, 2).join(" ");
  const at = ({ connection: { address, port = 22 } }: TestSshd): string => `[${address}]:${port.toString()}`;
  const line = (sshd: TestSshd): string => `${at(sshd)} ${keyOf(sshd)}\n`;
  /** The connection without its pinned key. */
  const unpinned = ({ connection: { hostKey: _, ...rest } }: TestSshd): SshConnection => rest;

  /** One login, as seen from here and from `sshd`, which is the server itself unless the question is about a jump host. */
  async function attempt(sshd: TestSshd, files: HomeFiles, to: SshConnection = unpinned(sshd)): Promise<Attempt> {
    home.set(files);
    const before = sshd.log().length;
    const outcome = await home.ask(to);
    const log = () => sshd.log().slice(before);
    while (!/Connection (closed|reset)|Received disconnect|Unable to negotiate/.test(log())) await new Promise((resolve) => setTimeout(resolve, 20));
    return { outcome, received: [...log().matchAll(/receive packet: type (\d+)/g)].map(([, type]) => Number(type)) };
  }
  async function accepted(...args: Parameters<typeof attempt>): Promise<void> {
    const { outcome, received } = await attempt(...args);
    expect(outcome).toEqual({ said: "in" });
    expect(received).toContain(USERAUTH_REQUEST);
  }
  async function refused(message: RegExp, ...args: Parameters<typeof attempt>): Promise<void> {
    const { outcome, received } = await attempt(...args);
    expect(outcome).toEqual({ code: "host.refused", hostState: "untouched", message: expect.stringMatching(message) as unknown });
    expect(received.length).toBeGreaterThan(0);
    expect(received.filter((type) => !KEY_EXCHANGE.includes(type))).toEqual([]);
  }

  let desk: TestSshd;
  beforeAll(async () => {
    home = sshHome();
    key("other");
    key("rsa", "rsa");
    desk = await start();
  }, 60_000);
  afterAll(async () => {
    for (const sshd of started) await sshd.stop();
    await home.remove();
    rmSync(directory, { recursive: true });
  }, 60_000);
  const other = () => publicKey(file("other"));

  test("a known key is accepted, and the server sees who asks", () => accepted(desk, { knownHosts: line(desk) }));

  describe("the fourteen cases", () => {
    const verdict = (name: string, judge: () => Promise<void>): void => {
      test(name, async () => {
        tried(PROMISE);
        await judge();
        held(PROMISE);
      }, 120_000);
    };
    verdict("unknown: refused, with what to type", () =>
      refused(/host key not verified: no key of \[127\.0\.0\.1\]:\d+ is known.*ssh-keyscan -p \d+ -t ed25519 127\.0\.0\.1 .*known_hosts/, desk, { knownHosts: `elsewhere.test ${keyOf(desk)}\n` }));
    verdict("changed: refused, and both ways out are named", () =>
      refused(/offers SHA256:.*not the key that known_hosts has.*ssh-keygen -R '\[127\.0\.0\.1\]:\d+'; ssh-keyscan/, desk, { knownHosts: `${at(desk)} ${other()}\n` }));
    verdict("revoked: refused, whatever else knows it", () => refused(/is revoked.*make a new one/, desk, { knownHosts: `@revoked * ${keyOf(desk)}\n${line(desk)}` }));
    verdict("hashed: a name that known_hosts hides counts, for that key only", async () => {
      const hashed = (text: string): string => {
        home.set({ knownHosts: text });
        home.run(["ssh-keygen", "-q", "-H", "-f", join(home.directory, ".ssh/known_hosts")]);
        return readFileSync(join(home.directory, ".ssh/known_hosts"), "utf8");
      };
      expect(hashed(line(desk))).toMatch(/^\|1\|/);
      await accepted(desk, { knownHosts: hashed(line(desk)) });
      await refused(/not the key that known_hosts has/, desk, { knownHosts: hashed(`${at(desk)} ${other()}\n`) });
    });
    verdict("wildcard: a pattern counts", () => accepted(desk, { knownHosts: `[127.0.0.*]:* ${keyOf(desk)}\n` }));
    verdict("negated: a pattern's exception counts", async () => {
      const port = String(desk.connection.port);
      await refused(/no key of/, desk, { knownHosts: `![127.0.0.1]:${port},[127.0.0.*]:${port} ${keyOf(desk)}\n` });
      await accepted(desk, { knownHosts: `![127.0.0.2]:${port},[127.0.0.*]:${port} ${keyOf(desk)}\n` });
    });
    verdict("other port: the key of another port's server does not count", async () => {
      const second = await start();
      await refused(/no key of/, second, { knownHosts: `${line(desk)}${at(desk)} ${keyOf(second)}\n` });
    });
    verdict("certificate authority: its certificates count, those of others and for other names do not", async () => {
      key("ca");
      const certified = async (names: string, validity = "-1h:+1h"): Promise<TestSshd> => {
        const name = `host-${started.size.toString()}-${names}`;
        key(name);
        execaSync("ssh-keygen", ["-q", "-s", file("ca"), "-I", "test", "-h", "-n", names, "-V", validity, `${file(name)}.pub`]);
        return start({ hostKey: file(name), settings: [`HostCertificate ${file(name)}-cert.pub`] });
      };
      const own = await certified("127.0.0.1");
      await accepted(own, { knownHosts: `@cert-authority ${at(own)} ${publicKey(file("ca"))}\n` });
      await refused(/no key of/, own, { knownHosts: `@cert-authority ${at(own)} ${other()}\n` });
      const elsewhere = await certified("elsewhere.test");
      await refused(/certificate of .* does not count: name is not/, elsewhere, { knownHosts: `@cert-authority ${at(elsewhere)} ${publicKey(file("ca"))}\n` });
    });
    verdict("expired certificate: refused", async () => {
      key("old-ca");
      key("old");
      execaSync("ssh-keygen", ["-q", "-s", file("old-ca"), "-I", "test", "-h", "-n", "127.0.0.1", "-V", "-2h:-1h", `${file("old")}.pub`]);
      const old = await start({ hostKey: file("old"), settings: [`HostCertificate ${file("old")}-cert.pub`] });
      await refused(/certificate of .* does not count: expired.*Sign its host key again/, old, { knownHosts: `@cert-authority ${at(old)} ${publicKey(file("old-ca"))}\n` });
    });
    verdict("jump host: its key is verified too, whatever ssh_config says of it", async () => {
      const hop = await start({ address: "127.0.0.2" });
      const { port, identityFile = "" } = hop.connection;
      const lax = `Host jump\n HostName 127.0.0.2\n Port ${String(port)}\n User root\n IdentityFile ${identityFile}\n StrictHostKeyChecking no\n LogLevel QUIET\n`;
      const config = `${lax}Host target\n HostName 127.0.0.1\n Port ${String(desk.connection.port)}\n ProxyJump jump\n`;
      const target: SshConnection = { via: "ssh", address: "target", identityFile: desk.connection.identityFile ?? "" };
      // With these very files, ssh(1) by itself goes through.
      home.set({ knownHosts: line(desk), config });
      expect(home.run(["ssh", "-o", "BatchMode=yes", "-i", target.identityFile ?? "", "root@target", "echo in"])).toContain("in");
      await refused(/no key of the jump host \[127\.0\.0\.2\]:\d+ is known.*ssh-keyscan -p \d+ -t ed25519 127\.0\.0\.2 /, hop, { knownHosts: line(desk), config }, target);
      await refused(/the jump host .* offers SHA256/, hop, { knownHosts: `${line(desk)}${at(hop)} ${other()}\n`, config }, target);
      await refused(/no key of the jump host/, hop, { config }, { ...target, hostKey: keyOf(desk) });
      await accepted(hop, { knownHosts: line(desk) + line(hop), config }, target);
      await accepted(desk, { knownHosts: line(desk) + line(hop), config }, target);
      await refused(/no key of \[127\.0\.0\.1\]/, desk, { knownHosts: line(hop), config }, target);
      await accepted(hop, { knownHosts: line(hop), config }, { ...target, hostKey: keyOf(desk) });
    });
    verdict("DNS change: the name's key decides, wherever the name leads", async () => {
      const { port = 0, identityFile = "" } = desk.connection;
      const to: SshConnection = { via: "ssh", address: "desk.test", port, identityFile };
      const knownHosts = `[desk.test]:${port.toString()} ${keyOf(desk)}\n`;
      await accepted(desk, { knownHosts, hosts: "127.0.0.1 desk.test" }, to);
      const impostor = await start({ address: "127.0.0.3", port });
      await refused(/not the key that known_hosts has/, impostor, { knownHosts, hosts: "127.0.0.3 desk.test" }, to);
      await stop(impostor);
    });
    verdict("installed anew at the same address: refused until the new key is known", async () => {
      const before = await start();
      await accepted(before, { knownHosts: line(before) });
      const { port = 0 } = before.connection;
      await stop(before);
      const after = await start({ port });
      await refused(/If the machine was installed anew: ssh-keygen -R/, after, { knownHosts: line(before) });
      await refused(/is not the connection's hostKey/, after, { knownHosts: line(after) }, before.connection.hostKey === undefined ? unpinned(after) : { ...unpinned(after), hostKey: before.connection.hostKey });
      await accepted(after, { knownHosts: line(before) }, after.connection);
    });
    verdict("algorithm downgrade: a server that has only broken ones is refused, whatever ssh_config allows", async () => {
      for (const [what, setting, config] of [
        ["host key type", "HostKeyAlgorithms ssh-rsa", "HostKeyAlgorithms +ssh-rsa"],
        ["key exchange method", "KexAlgorithms diffie-hellman-group1-sha1", "KexAlgorithms +diffie-hellman-group1-sha1"],
        ["cipher", "Ciphers aes128-cbc", "Ciphers +aes128-cbc"],
        ["MAC", "MACs hmac-md5\nCiphers aes128-ctr", "MACs +hmac-md5"],
      ] as const) {
        const old = await start({ hostKey: file("rsa"), settings: [setting] });
        await refused(new RegExp(`has no ${what} that is safe, only .*sshd_config`), old, { knownHosts: line(old), config });
        await stop(old);
      }
    });
    verdict("empty known_hosts: refused", () => refused(/no key of/, desk, {}));
  });

  test("two jump hosts: each is verified, and the one that is not known is named", async () => {
    const hops = [await start({ address: "127.0.0.4" }), await start({ address: "127.0.0.5" })] as const;
    const stanza = ({ connection: { address, port, identityFile = "" } }: TestSshd, name: string) =>
      `Host ${name}\n HostName ${address}\n Port ${String(port)}\n User root\n IdentityFile ${identityFile}\n StrictHostKeyChecking no\n`;
    const [one, two] = hops;
    const config = `${stanza(one, "one")}${stanza(two, "two")}${stanza(desk, "target")} ProxyJump one,two\n`;
    const target: SshConnection = { via: "ssh", address: "target" };
    await accepted(two, { knownHosts: line(desk) + line(one) + line(two), config }, target);
    await refused(/no key of the jump host \[127\.0\.0\.4\]/, one, { knownHosts: line(desk) + line(two), config }, target);
    await refused(/no key of the jump host \[127\.0\.0\.5\]/, two, { knownHosts: line(desk) + line(one), config }, target);
  }, 120_000);

  describe("no line of ssh_config lets an unknown host in", () => {
    test.each([
      ["StrictHostKeyChecking no", true],
      ["StrictHostKeyChecking accept-new", true],
      ["StrictHostKeyChecking off\nUserKnownHostsFile /dev/null\nLogLevel QUIET", true],
      ["NoHostAuthenticationForLocalhost yes", true],
      ["StrictHostKeyChecking ask\nBatchMode no", false],
      ["CheckHostIP yes\nUpdateHostKeys yes\nVerifyHostKeyDNS yes", false],
      ["KbdInteractiveAuthentication yes\nPasswordAuthentication yes\nNumberOfPasswordPrompts 3", false],
    ])("%j", async (config, isLax) => {
      const { port = 0, identityFile = "" } = desk.connection;
      home.set({ config });
      const alone = home.run(["ssh", "-o", "BatchMode=yes", "-p", port.toString(), "-i", identityFile, "root@127.0.0.1", "echo in"]);
      expect(/^in$/m.test(alone)).toBe(isLax);
      await refused(/no key of/, desk, { config });
      await refused(/no key of/, desk, { systemConfig: config });
      expect(readFileSync(join(home.directory, ".ssh/known_hosts"), "utf8")).toBe("");
    });
  });

  describe("a pinned key", () => {
    const pin = (hostKey: string): SshConnection => ({ ...desk.connection, hostKey });
    test("is accepted though known_hosts has another", () => accepted(desk, { knownHosts: `${at(desk)} ${other()}\n` }, desk.connection));
    test("is the only one: not the one in known_hosts, nor one that a KnownHostsCommand tells", async () => {
      await refused(/is not the connection's hostKey/, desk, { knownHosts: line(desk), config: `KnownHostsCommand /bin/echo steading-pinned ${keyOf(desk)}` }, pin(other()));
      await refused(/is not the connection's hostKey/, desk, { knownHosts: line(desk) }, pin(publicKey(file("rsa"))));
    });
    test("that a RevokedHostKeys file names is refused", async () => {
      await refused(/is revoked/, desk, { config: `RevokedHostKeys ${desk.connection.identityFile?.replace("login", "host.pub") ?? ""}` }, desk.connection);
    });
  });

  test("key exchange is strict: what is inserted before encryption begins ends the connection (Terrapin, CVE-2023-48795)", () => {
    const { stderr } = execaSync("ssh", ["-vvv", "-o", "ControlPath=none", ...sshOptions(desk.connection), "--", desk.connection.address, "true"]);
    expect(stderr).toMatch(/will use strict KEX ordering/);
    expect(stderr).toMatch(/resetting send seqnr/);
  });
});
