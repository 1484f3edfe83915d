import type { Connection } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import type { Props } from "#model/schema.ts";

/** A machine that a cloud made. */
export interface Machine {
  /** The cloud's own id; what `read` and `destroy` are given. */
  readonly id: string;
  readonly connection: Connection;
}

/** What a cloud may use while it works. */
export interface CloudContext {
  /** One line of progress for the person who waits. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Who a machine is made for, in words; nobody else may take it over. @defaultValue nobody in particular */
  readonly owner?: string;
}

/** A source of machines. All clouds meet this one contract; a cloud is found by its file name. */
export interface Cloud<P extends object> {
  /** The file's name, for example `lab-container`. */
  readonly cloud: string;
  readonly props: Props<P>;
  /** Makes the machine `name`, or finds the one that an interrupted run made under that name. Returns when it answers. */
  readonly create: (name: string, want: P, context: CloudContext) => Promise<Machine>;
  /** The machine as it is now; undefined when it is gone. */
  readonly read: (id: string, context: CloudContext) => Promise<Machine | undefined>;
  /** Removes the machine and everything that came with it. Done already is done. */
  readonly destroy: (id: string, context: CloudContext) => Promise<void>;
  /** Ids of the machines that exist; absent where a cloud cannot tell. */
  readonly list?: () => Promise<readonly string[]>;
  /** Why it can make no machine from here, each with the line that mends it; looks without changing anything. */
  readonly obstacles?: () => Promise<readonly Issue[]>;
  /** What it can do only in part from here, and how it makes do, each with the line that mends it; looks without changing anything. */
  readonly limits?: () => Promise<readonly Issue[]>;
  /** Removes what it keeps to make the next machine faster; machines stay. */
  readonly forget?: () => Promise<void>;
  /** Keys of `want` whose change makes a new machine; a change of any other key is refused by `Check`. */
  readonly replaceOn: readonly (keyof P & string)[];
}

/** Declares a cloud. */
export const defineCloud = <P extends object>(cloud: Cloud<P>): Cloud<P> => cloud;
