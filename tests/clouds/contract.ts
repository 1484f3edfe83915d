import { execa } from "execa";
import { connect } from "#host/connect.ts";
import type { Cloud, CloudContext, Machine } from "#model/cloud.ts";
import type { Connection, SshConnection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";

/** What every cloud keeps to, tried on real machines. */
export interface CloudCase<P extends object> {
  readonly cloud: Cloud<P>;
  /** Of the machine that the contract makes and removes. */
  readonly name: string;
  readonly want: P;
  /** How long `create` may take, in milliseconds. @defaultValue 240000 */
  readonly patienceMs?: number;
  /** What of it can be found outside, by sort; every sort must have something while it lives and nothing after. */
  readonly traces: (id: string, to: Connection) => Promise<Readonly<Record<string, readonly string[]>>>;
}

const context: CloudContext = { progress: () => undefined, signal: new AbortController().signal, owner: "the contract" };

/** A key that no machine has. */
async function strangersKey(): Promise<string> {
  const { stdout } = await execa("sh", ["-c", 'd=$(mktemp -d) && ssh-keygen -q -t ed25519 -N "" -f "$d/k" && cut -d" " -f1,2 "$d/k.pub"; rm -r "$d"']);
  return stdout.trim();
}

/** Runs `script` on the machine as root. */
async function say(to: Connection, script: string): Promise<string> {
  const transport = connect(to);
  try {
    return (await transport.exchange(script)).stdout.toString().trim();
  } finally {
    await transport.close();
  }
}

const missing = (): never => {
  throw new Error("no machine was made");
};

function overSsh({ connection }: Machine): SshConnection {
  if (connection.via !== "ssh") throw new Error("the machine is not reached over ssh");
  return connection;
}

/** Registers the contract; call it inside `describe`. The tests build on each other, in order. */
export function cloudContract<P extends object>({ cloud, name, want, patienceMs = 240_000, traces }: CloudCase<P>): void {
  let machine: Machine | undefined;
  const made = (): Machine => machine ?? missing();
  // Jest does not end what took too long, and nothing is destroyed while it is made.
  const making = new AbortController();
  afterAll(async () => {
    making.abort();
    await cloud.destroy(name, context);
  }, 60_000);

  test("nothing is there before", async () => {
    expect(await cloud.read(name, context)).toBeUndefined();
  });

  test("create makes a machine that answers as root", async () => {
    machine = await cloud.create(name, want, { ...context, signal: making.signal });
    expect(await say(machine.connection, "id -u")).toBe("0");
  }, patienceMs);

  test("its host key is pinned: another key is refused", async () => {
    const wrong = { ...overSsh(made()), hostKey: await strangersKey() };
    const refused: unknown = await say(wrong, "id -u").catch((error: unknown) => error);
    expect(isFault(refused, "host.refused")).toBe(true);
  });

  test("read tells the same machine", async () => {
    expect(await cloud.read(made().id, context)).toEqual(made());
  });

  test("create again is the same machine, with what was left on it", async () => {
    await say(made().connection, "echo here > /root/left");
    expect(await cloud.create(name, want, context)).toEqual(made());
    expect(await say(made().connection, "cat /root/left")).toBe("here");
  }, 60_000);

  test("somebody else does not get it", async () => {
    const refused: unknown = await cloud.create(name, want, { ...context, owner: "another" }).catch((error: unknown) => error);
    expect(isFault(refused, "cloud.failed") && refused.message).toContain("which the contract made");
  }, 60_000);

  test("it is listed", async () => {
    expect(await cloud.list?.()).toContain(made().id);
  });

  test("destroy leaves nothing, and each thing to leave was there before", async () => {
    const { id, connection } = made();
    const before = await traces(id, connection);
    expect(Object.entries(before).filter(([, found]) => found.length === 0)).toEqual([]);
    await cloud.destroy(id, context);
    const nothing = Object.fromEntries(Object.keys(before).map((sort) => [sort, []]));
    expect(await traces(id, connection)).toEqual(nothing);
  }, 60_000);

  test("destroy again is done already, and read finds nothing", async () => {
    await cloud.destroy(made().id, context);
    expect(await cloud.read(made().id, context)).toBeUndefined();
  });
}
