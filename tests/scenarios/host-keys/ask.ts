import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { connect } from "#host/connect.ts";
import { runtimeDirectory } from "#host/ssh-policy.ts";
import type { SshConnection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";

// One connection per line of stdin, one answer per line of stdout: what it said, or the fault.
for await (const line of createInterface({ input: process.stdin })) {
  const to = JSON.parse(line) as SshConnection;
  const answer = await connect(to)
    .exchange("echo in")
    .then(
      ({ stdout }) => ({ said: stdout.toString().trim() }),
      (error: unknown) => (isFault(error) ? { code: error.code, hostState: error.hostState, message: error.message } : { code: "bug", hostState: "", message: String(error) }),
    );
  // The next question is asked anew, not over a connection that stands.
  const directory = runtimeDirectory();
  const sockets = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isSocket());
  await Promise.all(sockets.map(({ name }) => execa("ssh", ["-F", "none", "-S", join(directory, name), "-O", "exit", "any"], { reject: false })));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
