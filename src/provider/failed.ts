import { isFault } from "#model/fault.ts";
import { Issues } from "#model/issue.ts";
import { explain } from "#provider/explain.ts";
import { mask } from "#model/mask.ts";

/** A failure that is said to the user as it is: what happened, in what state the host is, what to do. `cause` is the fault. */
export class Failed extends Error {
  override readonly name = "Failed";
}

/** Faults and issues become one message for the user, secrets masked; everything else is a bug and goes through. */
export async function said<T>(work: Promise<T>, secrets: ReadonlySet<string> = new Set()): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error)) throw new Failed(mask(explain(error), secrets), { cause: error });
    if (error instanceof Issues) throw new Failed(mask(error.message, secrets), { cause: error });
    throw error;
  }
}
