/** What a script on a host answered. */
export interface Answer {
  readonly stdout: string;
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
  exchange(script: string): Promise<Answer>;
  /** Closes what was opened for this run. */
  close(): Promise<void>;
}
