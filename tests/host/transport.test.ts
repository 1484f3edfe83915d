import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";
import { connect } from "#host/connect.ts";
import { runThrough, sudoCommand, sudoRefusal } from "#host/exchange.ts";
import type { Connection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import { startSshd, sshdObstacle } from "../support/sshd.ts";
import type { TestSshd } from "../support/sshd.ts";
import { busyboxTree } from "../support/tree.ts";
import { skipUnless } from "../support/skip.ts";

const test = skipUnless(sshdObstacle === undefined, sshdObstacle ?? "");

let sshd: TestSshd;
let root: ReturnType<typeof busyboxTree>;
beforeAll(async () => {
  root = busyboxTree("/run");
  sshd = await startSshd(root.root);
});
afterAll(async () => {
  await sshd.stop();
  root.remove();
});

const connections: readonly (readonly [string, () => Connection])[] = [
  ["ssh", () => sshd.connection],
  ["local", () => ({ via: "local" })],
  ["tree", () => ({ via: "tree", root: root.root })],
];

describe.each(connections)("the %s transport", (_, connection) => {
  test("returns stdout byte by byte, stderr and the exit code", async () => {
    const answer = await connect(connection()).exchange("printf 'a\\000\\377b'; echo oops >&2; exit 7");
    expect(answer.stdout).toEqual(Buffer.from([97, 0, 255, 98]));
    expect(answer.stderr).toContain("oops");
    expect(answer.exitCode).toBe(7);
  });
  test("runs as root", async () => {
    expect((await connect(connection()).exchange("id -u")).stdout.toString()).toBe("0\n");
  });
  test("takes a script of a megabyte", async () => {
    const word = "x".repeat(1_000_000);
    expect((await connect(connection()).exchange(`v='${word}'; echo "\${#v}"`)).stdout.toString()).toBe("1000000\n");
  });
  test("keeps the script out of every argv on this machine", async () => {
    const seen: string[] = [];
    await connect(connection()).exchange("echo go; sleep 0.3; : canary-42", (line) => {
      if (line === "go") seen.push(execaSync("sh", ["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"], { reject: false }).stdout);
    });
    expect(seen.join()).toContain("#steading"); // the loader's own argv is in sight, so a script there would be, too
    expect(seen.join()).not.toContain("canary-42");
  });
  test("hands on lines while the script runs", async () => {
    const lines: [string, number][] = [];
    await connect(connection()).exchange("echo one; sleep 0.3; echo two", (line) => lines.push([line, performance.now()]));
    const [one, two] = lines.filter(([line]) => line === "one" || line === "two");
    expect((two?.[1] ?? 0) - (one?.[1] ?? 0)).toBeGreaterThan(200);
  });
});

describe("a host that cannot be used", () => {
  test.each<readonly [string, () => Connection, "host.unreachable" | "host.refused", RegExp]>([
    ["nobody listens", () => ({ ...sshd.connection, port: 1 }), "host.unreachable", /cannot be reached.*Try: ssh -p 1 .*root@127\.0\.0\.1/s],
    ["another host key", () => ({ ...sshd.connection, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFn0h5q9i0rY2b5p3J6iX8K0c1Gk8yqv9cQ0mW4nZ7aB" }), "host.refused", /host key not verified/],
    ["an unknown host key", () => withoutKey(sshd.connection), "host.refused", /host key not verified.*ssh-keyscan -p/s],
    ["no login", () => ({ ...sshd.connection, identityFile: "/dev/null" }), "host.refused", /refused the login of root/],
    ["no tree", () => ({ via: "tree", root: "/nonexistent" }), "host.unreachable", /must be a directory that holds \/bin\/sh/],
  ])("%s: the fault says what to do", async (_, connection, code, message) => {
    const error: unknown = await connect(connection()).exchange("true").catch((reason: unknown) => reason);
    expect(isFault(error, code)).toBe(true);
    expect(isFault(error) && error.hostState).toBe("untouched");
    expect(String(error)).toMatch(message);
  });
});

const withoutKey = ({ hostKey: _hostKey, ...rest }: TestSshd["connection"]): Connection => rest;

test("exchanges of one run share one handshake", async () => {
  const before = sshd.handshakes();
  const transport = connect({ ...sshd.connection, user: "root", address: "localhost", hostKey: sshd.connection.hostKey ?? "" });
  transport.warm();
  for (const word of ["a", "b", "c"]) expect((await transport.exchange(`echo ${word}`)).stdout.toString()).toBe(`${word}\n`);
  expect(sshd.handshakes() - before).toBe(1);
});

test("a host that does not answer is waited for once, however many ask", async () => {
  const transport = connect({ ...sshd.connection, port: 1, address: "127.0.0.2" });
  const first: unknown = await transport.exchange("true").catch((reason: unknown) => reason);
  const again: unknown = await transport.exchange("true").catch((reason: unknown) => reason);
  expect(isFault(again, "host.unreachable")).toBe(true);
  expect(again).toBe(first); // the very same: ssh was not started again
});

test("a connection opened ahead that nobody answers tells what an exchange would", async () => {
  const transport = connect({ ...sshd.connection, port: 1, address: "127.0.0.3" });
  transport.warm();
  const error: unknown = await transport.exchange("true").catch((reason: unknown) => reason);
  expect(isFault(error, "host.unreachable")).toBe(true);
  expect(String(error)).toContain("Connection refused");
});

/** Stands in for sudo(8) as `sudoCommand` calls it: lets in whoever says `right`, or everybody; writes down what it took for a password. */
const SUDO = `#!/bin/sh
prompt=$4
shift 5
test -e "$0.everybody" && exec "$@"
for try in 1 2 3; do
  printf %s "$prompt" >&2
  IFS= read -r word || { echo "sudo: no password was provided" >&2; exit 1; }
  echo "$word" >>"$0.tries"
  test "$word" = right && exec "$@"
  echo "Sorry, try again." >&2
done
exit 1
`;

test.each([
  { name: "is read by sudo, once", password: "right", tries: "right\n", ends: "done\n" },
  { name: "that is wrong is tried once", password: "wrong", tries: "wrong\n", ends: "Sorry, try again.\nsudo: no password was provided\n" },
  { name: "that sudo does not read never becomes script", password: "echo leaked", everybody: true, tries: undefined, ends: "done\n" },
])("a password $name", async ({ password, everybody, tries, ends }) => {
  const directory = mkdtempSync("/run/steading-sudo-");
  try {
    const file = join(directory, "sudo");
    writeFileSync(file, SUDO, { mode: 0o755 });
    if (everybody === true) writeFileSync(`${file}.everybody`, "");
    const [, ...args] = sudoCommand(password);
    const answer = runThrough({ name: "x", argv: [file, ...args], password, refusal: (stderr) => sudoRefusal("x", stderr, password) }, "echo done").then(({ stdout }) => stdout.toString());
    expect(await answer.catch((error: unknown) => isFault(error, "host.refused") && `${error.detail.reason}\n`)).toBe(ends);
    expect(tries === undefined ? existsSync(`${file}.tries`) : readFileSync(`${file}.tries`, "utf8")).toBe(tries ?? false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
