/** What each fault carries. Adding a fault is one line here. */
export interface Faults {
  /** No connection: address, port, routing, timeout. */
  "host.unreachable": { readonly reason: string };
  /** The host answered and said no: host key, authentication, sudo. */
  /** `mend` says what to do where that is known. */
  "host.refused": { readonly reason: string; readonly mend?: string };
  /** The host's disk is full or read-only: nothing can be kept for an undo, so nothing is begun. */
  "host.unwritable": { readonly reason: string };
  /** Somebody else holds the host's lock. */
  "host.locked": { readonly holder: string };
  /** A subject belongs to another stack or layer. */
  "host.owned": { readonly subject: string; readonly owner: string };
  /** A command on the host failed. */
  /** `argv` is empty for what nobody would type. */
  "command.failed": { readonly argv: readonly string[]; readonly exitCode: number; readonly output: string };
  /** A task of a playbook failed; `at`: its file and line. */
  "task.failed": { readonly task: string; readonly at: string; readonly reason: string };
  /** OpenTofu stopped half-way; `address`: the resource that it could not make, change or take away, empty where it does not say. */
  "terraform.failed": { readonly address: string; readonly reason: string };
  /** A host's own check refused the staged content. */
  "proof.failed": { readonly argv: readonly string[]; readonly output: string };
  /** A fact's output could not be read. */
  "probe.unreadable": { readonly fact: string; readonly output: string };
  /** The host changed between plan and apply; `recovered`: because a transaction that was interrupted had to be ended first. */
  "plan.stale": { readonly reason: string; readonly recovered?: boolean };
  /** After the change no new connection could be made, so the host undid it by itself. */
  "apply.unconfirmed": { readonly reason: string; readonly seconds: number };
  /** After apply the diff was not empty. */
  "apply.unconverged": { readonly fields: readonly string[] };
  /** The undo failed too; `cause` is what it was undoing. */
  "undo.failed": { readonly output: string };
  /** A machine could not be made or removed by its cloud. */
  "cloud.failed": { readonly cloud: string; readonly reason: string };
  /** This host or machine cannot do what is asked. */
  unsupported: { readonly what: string };
}

/** In what state a fault leaves the host. */
export type HostState = "untouched" | "partial" | "reverted" | "unknown";

/** The world refused. Recognised by `code`, never by its message. */
export class Fault<C extends keyof Faults = keyof Faults> extends Error {
  override readonly name = "Fault";
  readonly code: C;
  readonly detail: Faults[C];
  readonly host: string;
  readonly hostState: HostState;
  constructor(
    code: C,
    fields: { message: string; detail: Faults[C]; host: string; hostState: HostState; cause?: unknown },
  ) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.detail = fields.detail;
    this.host = fields.host;
    this.hostState = fields.hostState;
  }
}

/** True for a fault, with that code if one is given. */
export const isFault = <C extends keyof Faults = keyof Faults>(error: unknown, code?: C): error is Fault<C> =>
  error instanceof Error &&
  error.name === "Fault" &&
  "code" in error &&
  "hostState" in error &&
  (code === undefined || error.code === code);
