import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withWorkspace } from "#ansible/workspace.ts";
import { memoryDirectory } from "#host/memory.ts";

/** A folder as a run leaves it that is killed. */
function left(pid: number): string {
  const directory = mkdtempSync(join(memoryDirectory(), "steading-ansible-"));
  writeFileSync(join(directory, "pids"), `${pid.toString()}\n`);
  return directory;
}

test("a workspace is for this user only, and takes away what killed runs left; not that of one that runs", async () => {
  // No process has a number as high (PID_MAX_LIMIT in linux/threads.h).
  const [killed, running] = [left(2 ** 22 + 1), left(process.pid)];
  const used = await withWorkspace(({ directory }) => {
    expect([existsSync(killed), existsSync(running), statSync(directory).mode & 0o777]).toEqual([false, true, 0o700]);
    return Promise.resolve(directory);
  });
  expect(existsSync(used)).toBe(false);
  rmSync(running, { recursive: true });
});
