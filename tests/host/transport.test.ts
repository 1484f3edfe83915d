import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";
import { connect } from "#host/connect.ts";
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
    ["nobody listens", () => ({ ...sshd.connection, port: 1 }), "host.unreachable", /cannot be reached.*Try: ssh root@127\.0\.0\.1/s],
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

test("a password that sudo does not read never becomes script", async () => {
  const directory = mkdtempSync("/run/steading-sudo-");
  try {
    const { runThrough, LOADER } = await import("#host/exchange.ts");
    writeFileSync(join(directory, "x"), "");
    const answer = await runThrough({ name: "x", argv: ["/bin/sh", "-c", LOADER], password: "echo leaked", refusal: () => { throw new Error("not started"); } }, "echo done");
    expect(answer.stdout.toString()).toBe("done\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
