import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import { skipUnless } from "../support/skip.ts";

let directory: string;
let temporary: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "steading-ssh-"));
  temporary = mkdtempSync(join(directory, "tmp-"));
});
afterEach(() => { rmSync(directory, { recursive: true }); });

/** Runs lines of a program in a process of its own: where connections are kept depends on its environment. */
const program = (lines: string, env: Readonly<Record<string, string | undefined>> = {}) =>
  execaSync(process.execPath, ["--input-type=module", "-e", lines], { env: { XDG_RUNTIME_DIR: directory, TMPDIR: temporary, ...env }, cwd: join(import.meta.dirname, "../.."), reject: false });

test("the address always stands behind --, and our ssh_config before the user's", () => {
  const bin = join(directory, "bin");
  const log = join(directory, "log");
  mkdirSync(bin);
  // Stands in for ssh(1): writes down what it is given, and ends as if a jump host had said nothing.
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\n{ printf '%s\\n' "$@"; echo =; } >>'${log}'\necho 'UNKNOWN port 65535' >&2\nexit 255\n`, { mode: 0o755 });
  program(
    `import { connect } from "#host/connect.ts";
    const host = connect({ via: "ssh", address: "desk", port: 2222, user: "ada", identityFile: "/k", hostKey: "ssh-ed25519 AAAA" });
    host.warm();
    await host.exchange("true").catch(() => undefined);
    await connect({ via: "ssh", address: "desk" }).exchange("true").catch(() => undefined);`,
    { PATH: `${bin}:${process.env["PATH"] ?? ""}` },
  );
  const calls = readFileSync(log, "utf8").split("=\n").slice(0, -1).map((call) => call.trimEnd().split("\n"));
  // Opened ahead, and asked again without the shared connection; the exchange of another connection, and that again.
  expect(calls).toHaveLength(4);
  for (const call of calls) {
    expect(call[call.indexOf("-F") + 1]).toContain(`${directory}/steading/policy-`);
    expect(call.indexOf("desk")).toBe(call.indexOf("--") + 1);
  }
});

test("the policy comes before what the user's and the system's ssh_config say", () => {
  const { stdout } = program('import { policyFile } from "#host/ssh-policy.ts"; process.stdout.write(policyFile())');
  const lines = readFileSync(stdout, "utf8").trimEnd().split("\n");
  expect(lines.slice(-2).every((line) => line.startsWith("Include "))).toBe(true);
  expect(lines.slice(0, -2)).toEqual(expect.arrayContaining(["StrictHostKeyChecking yes", "BatchMode yes", "NoHostAuthenticationForLocalhost no"]));
});

describe("sockets and pinned keys are where only the user may write:", () => {
  const own = `steading-${String(process.getuid?.())}`;
  const place = (env: Readonly<Record<string, string | undefined>> = {}) =>
    program('import { runtimeDirectory } from "#host/ssh-policy.ts"; process.stdout.write(runtimeDirectory())', env);

  test("XDG_RUNTIME_DIR where it is private", () => {
    expect(place().stdout).toBe(join(directory, "steading"));
  });

  test("else in a directory made for it", () => {
    chmodSync(directory, 0o777);
    expect(place().stdout).toBe(join(temporary, own, "steading"));
  });

  test("a directory that somebody else made ready is refused, with what to do", () => {
    mkdirSync(join(temporary, own));
    chmodSync(join(temporary, own), 0o777);
    expect(place({ XDG_RUNTIME_DIR: undefined }).stderr).toMatch(/somebody else could put connections of theirs there\. Remove .*XDG_RUNTIME_DIR/);
  });

  skipUnless(process.getuid?.() === 0, "only root can be somebody else")("another user's XDG_RUNTIME_DIR, as su and sudo hand it on, is not used", () => {
    chownSync(directory, 65534, 65534);
    expect(place().stdout).toBe(join(temporary, own, "steading"));
  });
});
