import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { statePath } from "#host/user-places.ts";

/** A file that is there while a playbook is run: Ansible keeps nothing of a run that is killed. */
const markOf = (urn: string): string => statePath("ansible", createHash("sha256").update(urn).digest("hex").slice(0, 32));

/** Notes that a playbook is being run. */
export function noteBegun(urn: string): void {
  try {
    mkdirSync(dirname(markOf(urn)), { recursive: true, mode: 0o700 });
    writeFileSync(markOf(urn), "");
  } catch {
    // A home that cannot be written to is no reason not to run.
  }
}

/** Notes that the run has ended, well or not. */
export const noteEnded = (urn: string): void => { rmSync(markOf(urn), { force: true }); };

/** True when the last run of this playbook from this machine did not come to its end: it was killed. */
export const wasInterrupted = (urn: string): boolean => existsSync(markOf(urn));
