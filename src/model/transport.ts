/** What a script on a host answered. */
export interface Answer {
  /** Bytes, as digests are taken of them. */
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * A way to run POSIX sh as root on a host. The script travels on stdin, never in argv.
 * `exchange` throws Fault `host.unreachable` or `host.refused` when the script did not start.
 */
export interface Transport {
  /** The host's name in messages. */
  readonly name: string;
  /** Runs `script`; `onLine` sees each line of stdout as it comes. */
  exchange(script: string, onLine?: (line: string) => void): Promise<Answer>;
  /** As `exchange`, over a connection of its own: whoever gets an answer could log in anew. */
  fresh(script: string): Promise<Answer>;
  /** Processes on the host may outlive an exchange. */
  readonly lasting: boolean;
  /** Opens the connection ahead of the first exchange; failures show there. */
  warm(): void;
  /** Closes what was opened for this run. */
  close(): Promise<void>;
}
