import { globSync } from "node:fs";
import { basename } from "node:path";
import { Issues } from "#model/issue.ts";
import { parseProfile, readProfile } from "#profiles/profile.ts";

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
  ["broken YAML", "a: [", ["p.yaml:1:5 : Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5: ()"]],
])("%s is said with line, column and fix", (_, source, expected) => {
  expect(mistakes(source)).toEqual(expected);
});

test("all mistakes of a profile are said at once", () => {
  expect(mistakes("hostname: A_B\ntimezone: 3\nx: 1\n")).toHaveLength(3);
});

test("an empty profile chooses nothing", () => {
  expect(parseProfile("# nothing\n", "p.yaml")).toEqual({});
});

test("a profile that is not there is said with what to do", () => {
  expect(() => readProfile("nope")).toThrow("there is no profile nope (give the name of a file in profiles/, or a path)");
});
