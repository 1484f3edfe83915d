import { createServer } from "node:net";
import type { WhenUnreachable } from "#model/connection.ts";
import { Fault } from "#model/fault.ts";
import type { JsonObject } from "#model/value.ts";
import { insteadOf } from "#provider/unreachable.ts";
import { layerCalls } from "../support/layer-requests.ts";
import { startPlugin } from "../support/plugin.ts";
import type { Plugin } from "../support/plugin.ts";

/** A port that nobody listens on. */
const shutPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === "object" && address !== null ? address.port : 0); });
    });
  });

describe("over the protocol of the Pulumi CLI, a layer of a host that does not answer", () => {
  let plugin: Plugin;
  let port = 0;
  beforeAll(async () => {
    [plugin, port] = await Promise.all([startPlugin(), shutPort()]);
  });
  afterAll(() => plugin.stop());

  const inputs = (whenUnreachable: WhenUnreachable | undefined, content: string): JsonObject => ({
    host: { via: "ssh", address: "127.0.0.1", port, ...(whenUnreachable === undefined ? {} : { whenUnreachable }) },
    layer: "app",
    items: { file: { motd: { path: "/etc/motd", content } } },
  });
  const call = () => layerCalls(plugin, "app");

  test.each([undefined, "fail"] as const)("%s: nothing succeeds", async (policy) => {
    const [one, two] = [inputs(policy, "one\n"), inputs(policy, "two\n")];
    await expect(call().create(one)).rejects.toThrow("cannot be reached");
    await expect(call().update("app@h", one, one, two)).rejects.toThrow("cannot be reached");
    await expect(call().remove("app@h", one, one)).rejects.toThrow("cannot be reached");
    await expect(call().read("app@h", one, one)).rejects.toThrow("cannot be reached");
  });

  test.each(["forget", "queue"] as const)("%s: what is not made is not recorded as made, and is a difference as long as nobody answers", async (policy) => {
    const [one, two] = [inputs(policy, "one\n"), inputs(policy, "two\n")];
    const made = await call().create(one);
    expect(made).toEqual({ id: "app@127.0.0.1", properties: { ...one, items: {}, machineId: "" } });
    expect(await call().diff(made.id, one, made.properties, one)).toMatchObject({ changes: 2 });
    const olds = { ...one, machineId: "m" };
    expect(await call().update("app@h", one, olds, two)).toEqual({ ...two, items: one["items"], machineId: "m" });
    expect(await call().read("app@h", one, olds)).toEqual({ id: "app@h", inputs: one, properties: olds });
  });

  test("a delete is dropped, or fails and stays in the state", async () => {
    const [forget, queue] = [inputs("forget", "one\n"), inputs("queue", "one\n")];
    await expect(call().remove("app@h", forget, forget)).resolves.toBeUndefined();
    await expect(call().remove("app@h", queue, queue)).rejects.toThrow("it stays in the state, and the next run that reaches the host deletes it");
  });
});

const silent = (reason: string, hostState: "untouched" | "unknown" = "untouched") => new Fault("host.unreachable", { host: "h", hostState, detail: { reason }, message: reason });
const refused = new Fault("host.refused", { host: "h", hostState: "untouched", detail: { reason: "connection refused" }, message: "" });

test.each([
  ["queue", silent("ssh: connect to host h port 22: Connection refused"), "queued"],
  ["forget", silent("ssh: connect to host h port 22: Connection timed out"), "forgotten"],
  ["forget", silent("ssh: Could not resolve hostname h: Name or service not known"), "forgotten"],
  ["forget", silent("ssh: connect to host h port 22: No route to host"), "forgotten"],
  ["fail", silent("ssh: connect to host h port 22: Connection refused"), undefined],
  // Our own end.
  ["queue", silent("ssh: connect to host h port 22: Network is unreachable"), "queued"],
  ["forget", silent("ssh: connect to host h port 22: Network is unreachable"), undefined],
  ["forget", silent("ssh: Could not resolve hostname h: Temporary failure in name resolution"), undefined],
  // No silence at all.
  ["forget", silent("Bad owner or permissions on /root/.ssh/config"), undefined],
  ["queue", silent("the connection broke during apply: Connection timed out", "unknown"), undefined],
  ["forget", refused, undefined],
] as const)("%s after %s is %s", (whenUnreachable, fault, expected) => {
  expect(insteadOf({ whenUnreachable: undefined }, { via: "ssh", address: "h", whenUnreachable }, fault)).toBe(expected);
});

test("what is asked for one run counts for all hosts", () => {
  const fault = silent("Connection refused");
  expect(insteadOf({ whenUnreachable: "queue" }, { via: "ssh", address: "h", whenUnreachable: "forget" }, fault)).toBe("queued");
  expect(insteadOf({ whenUnreachable: "fail" }, { via: "ssh", address: "h", whenUnreachable: "forget" }, fault)).toBeUndefined();
});
