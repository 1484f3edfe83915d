import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Issues } from "#model/issue.ts";
import { parseProfile, readMachineProfile, readProfile } from "#profiles/profile-file.ts";

const mistakes = (source: string): readonly string[] => {
  try {
    parseProfile(source, "p.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof Issues)) throw error;
    return error.issues.map(({ at, path, message, fix }) => `${at} ${path}: ${message} (${fix})`);
  }
};

test.each(["minimal", "server", "desktop"])("the profile %s is right", (name) => {
  expect(readProfile(name).securityUpdates).toBe(true);
});

test("every profile is named above", () => {
  expect(globSync("profiles/*.yaml").map((path) => basename(path, ".yaml")).sort()).toEqual(["desktop", "minimal", "server"]);
});

test.each<readonly [string, string, readonly string[]]>([
  ["a wrong key", "packges: []", ["p.yaml:1:1 packges: there is no key packges (one of hostname, timezone, locale, timeSync, packages, securityUpdates, users, services, sshd, firewall, sysctls, files)"]],
  ["a port of 70000", "firewall:\n  allow:\n    - ports: [22, 70000]", ["p.yaml:3:19 firewall.allow.0.ports.1: 70000 must be <= 65535 ()"]],
  ["a user with a bad name", "users:\n  Bad Name: {}", ["p.yaml:2:3 users.Bad Name: there is no key Bad Name (a login name: lower-case letters, digits, - and _, starting with a letter, at most 32)"]],
  ["a wrong key of a user", "users:\n  bob:\n    shel: /bin/sh", ["p.yaml:3:5 users.bob.shel: there is no key shel (remove it)"]],
  ["a path with ..", "files:\n  /etc/../x: {content: a}", ["p.yaml:2:3 files./etc/../x: there is no key /etc/../x (an absolute path without `..`)"]],
  ["a port that is none", "sshd:\n  Port: 70000", ["p.yaml:2:3 sshd.Port: 70000 must be <= 65535 (a port from 1 to 65535)"]],
  ["a keyword that sshd does not have", "sshd:\n  port: 22", ["p.yaml:2:3 sshd.port: there is no key port (a keyword of sshd_config(5), spelled as there)"]],
  ["a value of the wrong type", "timeSync: 3", ["p.yaml:1:1 timeSync: 3 must be boolean ()"]],
  ["a missing key", "firewall:\n  allow:\n    - protocol: udp", ["p.yaml:3:7 firewall.allow.0: ports is missing (add it)"]],
  ["broken YAML", "a: [", ["p.yaml:1:5 : Flow sequence in block collection must be sufficiently indented and end with a ] ()"]],
  ["a mode that is a number", "files:\n  /etc/x: {content: a, mode: 0644}", ['p.yaml:2:24 files./etc/x.mode: the value must be string (octal permission bits in quotes: "0644")']],
  ["a truth value where sshd wants a word", "sshd: {X11Forwarding: false}", ['p.yaml:1:8 sshd.X11Forwarding: false is not allowed here (a number, or text in quotes, such as "no" for false)']],
  ["what is below files is never shown", "files:\n  /etc/x: password hunter2\n  /etc/y: {content: [hunter2]}", ["p.yaml:2:3 files./etc/x: the value must be object ()", "p.yaml:3:12 files./etc/y.content: the value must be string ()"]],
  ["what is no object at all is not shown", "- /etc/x: hunter2", ["p.yaml:1:1 : the value must be object ()"]],
  ["an address that is none", "firewall: {allow: [{ports: [22], from: [999.1.1.1]}]}", ['p.yaml:1:41 firewall.allow.0.from.0: "999.1.1.1" is not allowed here (an address or a network, such as 192.0.2.0/24)']],
])("%s is said with line, column and fix", (_, source, expected) => {
  expect(mistakes(source)).toEqual(expected);
});

test("all mistakes of a profile are said at once, in the order of the file", () => {
  expect(mistakes("x: 1\ntimezone: 3\nhostname: A_B\n").map((line) => line.split(" ")[0])).toEqual(["p.yaml:1:1", "p.yaml:2:1", "p.yaml:3:1"]);
});

test("what is left empty is an empty object or list", () => {
  expect(parseProfile("packages:\nusers:\n  ada:\nservices:\n  x.service:\nfirewall:\n  allow:\n", "p.yaml")).toEqual({ packages: [], users: { ada: {} }, services: { "x.service": {} }, firewall: { allow: [] } });
});

test.each(["192.0.2.1", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::1", "::ffff:192.0.2.1", "fd00::/48"])("%s may come in", (from) => {
  expect(mistakes(`firewall: {allow: [{ports: [22], from: ["${from}"]}]}`)).toEqual([]);
});

test("an empty profile chooses nothing", () => {
  expect(parseProfile("# nothing\n", "p.yaml")).toEqual({});
});

test("a profile that is not there is said with what to do", () => {
  expect(() => readProfile("nope")).toThrow("there is no profile nope (one of desktop, minimal, server, or a path such as ./base.yaml)");
});

describe("a machine's file", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-profile-"));
  afterAll(() => { rmSync(directory, { recursive: true }); });
  writeFileSync(join(directory, "my base.yml"), "");
  const desk = join(directory, "desk.yaml");
  const read = (text: string) => {
    writeFileSync(desk, text);
    return readMachineProfile(desk).machine;
  };

  test.each([
    ["key", join(directory, "key")],
    ["./keys/id", join(directory, "keys/id")],
    ["~/.ssh/id", join(homedir(), ".ssh/id")],
    ["/etc/key", "/etc/key"],
  ])("may name its key %s", (identityFile, path) => {
    expect(read(`host: local\nidentityFile: ${identityFile}\n`)).toMatchObject({ identityFile: path });
  });

  test("may start from a file whose name ends in .yml", () => {
    expect(read("host: local\nprofile: my base.yml\n")).toMatchObject({ profile: join(directory, "my base.yml") });
  });

  test("says the line of a profile that is not there, among all mistakes", () => {
    expect(() => read("profile: destkop\nhost: ssh://x\ntimeSync: 1\n")).toThrow(`${desk}:1:1 profile: there is no profile destkop (one of desktop, minimal, server, or a path such as ./base.yaml)\n${desk}:3:1 timeSync`);
  });

  test("that is a directory, or whose profile is one, is said to be unreadable", () => {
    expect(() => readMachineProfile(directory)).toThrow("cannot be read: EISDIR");
    expect(() => readProfile(`${directory}/.`)).toThrow("cannot be read: EISDIR");
  });
});
