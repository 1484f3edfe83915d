import { connect } from "#host/connect.ts";
import type { Connection } from "#model/connection.ts";

/** What a script says on a machine, or how it failed. */
export async function say(to: Connection, script: string): Promise<string> {
  const transport = connect(to);
  try {
    const { stdout, stderr, exitCode } = await transport.exchange(script);
    return exitCode === 0 ? stdout.toString().trim() : `exit ${exitCode}: ${stderr}`;
  } finally {
    await transport.close();
  }
}
