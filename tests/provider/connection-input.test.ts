import { secret, UNKNOWN } from "#model/value.ts";
import { connectionIssues, connectionText, connectionValue, knownConnection, parseConnection, placeOf, wrapConnection } from "#provider/connection-input.ts";

test.each([
  ["ssh://root@desk:2222", { via: "ssh", address: "desk", user: "root", port: 2222 }],
  ["ssh://desk", { via: "ssh", address: "desk" }],
  ["ssh://root@[fd00::1]:22", { via: "ssh", address: "fd00::1", user: "root", port: 22 }],
  ["local:", { via: "local" }],
  ["tree:/srv/image", { via: "tree", root: "/srv/image" }],
])("%s is a connection, both ways", (text, to) => {
  const parsed = parseConnection(text);
  expect(parsed).toEqual(to);
  expect(parsed && connectionText(parsed)).toBe(text);
});

test.each(["local", "local://"])("%s is this machine as well", (text) => {
  expect(parseConnection(text)).toEqual({ via: "local" });
});

test.each(["desk", "ssh://root:hunter2@desk", "ssh://", "ssh://-oProxyCommand=x", "ssh://desk:70000", "tree:relative", "http://desk"])("%s is none", (text) => {
  expect(parseConnection(text)).toBeUndefined();
});

test.each([
  [undefined, ["connection.missing "]],
  [{ via: "pigeon" }, ["connection.invalid via"]],
  [{ via: "ssh", address: "desk", port: 0, colour: 1 }, ["key.unknown colour", "value.invalid port"]],
  [UNKNOWN, []],
  [{ via: "ssh", address: UNKNOWN }, []],
  [{ via: "ssh", address: secret("desk") }, []],
])("%j has these mistakes", (value, expected) => {
  expect(connectionIssues(value, "x").map(({ code, path }) => `${code} ${path}`).sort()).toEqual(expected);
});

test("what is not known yet is no connection yet", () => {
  expect(knownConnection({ via: "ssh", address: UNKNOWN })).toBeUndefined();
  expect(() => knownConnection({ via: "ssh" })).toThrow("not checked");
});

test("private parts become secrets, once", () => {
  const wrapped = { via: "local", sudoPassword: secret("pw") };
  expect(wrapConnection({ via: "local", sudoPassword: "pw" })).toEqual(wrapped);
  expect(wrapConnection(wrapped)).toEqual(wrapped);
  expect(connectionValue({ via: "local", sudoPassword: "pw" })).toEqual(wrapped);
});

test("one machine is one place, whoever logs in", () => {
  expect(placeOf({ via: "ssh", address: "Desk", user: "root" })).toBe(placeOf({ via: "ssh", address: "desk", user: "me" }));
});
