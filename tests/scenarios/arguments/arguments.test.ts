import { existsSync } from "node:fs";
import { execaSync } from "execa";
import fc from "fast-check";
import { connect } from "#host/connect.ts";
import { stepScript } from "#host/script.ts";
import { sshOptions } from "#host/ssh.ts";
import type { SshConnection } from "#model/connection.ts";
import { quoteAll } from "#model/quote.ts";
import { run } from "#model/step.ts";
import { END, handPicked, vectors, vectorsIn } from "../../model/words.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, rounds, tried } from "../../support/soak.ts";
import { sshdObstacle, startSshd } from "../../support/sshd.ts";
import type { TestSshd } from "../../support/sshd.ts";

const shells = ["/usr/bin/dash", "/usr/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/usr/bin/tcsh"];
const missing = ["/usr/bin/sudo", ...shells].filter((program) => !existsSync(program));
const obstacle = sshdObstacle ?? (missing.length === 0 ? undefined : `there is no ${missing.join(", ")}`);
const nameOf = (shell: string): string => `with-${shell.split("/").pop() ?? ""}`;
const steps = rounds(100, 2_000);
const lines = rounds(1_000, 10_000);
const PROMISE = "argument vectors that arrive byte by byte through ssh and a login shell";

/** ssh's whole line is one argument of the login shell, and one argument holds at most 128 KiB (MAX_ARG_STRLEN in linux/binfmts.h). */
const LONGEST = 130_000;
const size = (vector: readonly string[]): number => Buffer.byteLength(quoteAll(["first", ...vector, END])) + 32;

/** As many vectors together as one line holds. */
function chunks(many: readonly (readonly string[])[]): readonly (readonly (readonly string[])[])[] {
  const all: (readonly string[])[][] = [];
  let room = 0;
  for (const vector of many) {
    room -= size(vector);
    if (room < 0) {
      all.push([]);
      room = LONGEST - size(vector);
    }
    all.at(-1)?.push(vector);
  }
  return all;
}

describeUnless(obstacle === undefined, obstacle ?? "")("arguments through ssh", () => {
  let sshd: TestSshd;
  // Known to this server only; root by number, which sudo reads as the first of that number and asks nothing.
  beforeAll(async () => {
    sshd = await startSshd(undefined, { users: ["root:*:0:0::/root:/bin/sh", ...shells.map((shell) => `${nameOf(shell)}:*:0:0::/root:${shell}`)] });
  });
  afterAll(() => sshd.stop());
  const as = (shell: string): SshConnection => ({ ...sshd.connection, user: nameOf(shell) });
  const ask = (shell: string, line: string): string =>
    execaSync("ssh", [...sshOptions(as(shell)), "-T", "--", sshd.connection.address, line], { stripFinalNewline: false }).stdout;

  test.each(shells)("%s is the login shell of its user", (shell) => {
    // With something behind it, no shell gives its place to the command.
    expect(ask(shell, "sh -c 'readlink /proc/$PPID/exe'; true")).toContain(shell.split("/").pop());
  });

  test.each(shells)("steps get theirs byte by byte where the login shell is %s", async (shell) => {
    const host = connect(as(shell));
    const many = [...handPicked, ...fc.sample(vectors, steps)];
    const script = many.map((vector) => stepScript(run(["printf", "%s\\0", "first", ...vector, END]), () => ""));
    tried(PROMISE, many.length);
    const { stdout, stderr } = await host.exchange(script.join("\n"));
    expect(stderr).toBe("");
    expect(vectorsIn(stdout.toString())).toEqual(many);
    held(PROMISE, many.length);
  }, 240_000);

  // csh takes no newline between quotes, so only the constant line of an exchange is for it.
  test.each(shells.filter((shell) => !shell.endsWith("tcsh")))("a command line arrives byte by byte where the login shell is %s", (shell) => {
    const many = [...handPicked, ...fc.sample(vectors, lines)].filter((vector) => size(vector) < LONGEST);
    tried(PROMISE, many.length);
    for (const together of chunks(many)) {
      const line = quoteAll(["printf", "%s\\0", ...together.flatMap((vector) => ["first", ...vector, END])]);
      expect(vectorsIn(ask(shell, line))).toEqual(together);
    }
    held(PROMISE, many.length);
    expect(many.length).toBeGreaterThan(lines + 100);
  }, 120_000);
});
