import { untilLetIn } from "#host/busy.ts";
import { Fault } from "#model/fault.ts";

const fault = (reason: string) => new Fault("host.unreachable", { host: "h", hostState: "untouched", detail: { reason }, message: reason });

/** An exchange that fails so often, and how often it was asked. */
function exchange(reason: string, times: number) {
  let asked = 0;
  return {
    run: () => {
      asked += 1;
      return asked <= times ? Promise.reject(fault(reason)) : Promise.resolve("in");
    },
    asked: () => asked,
  };
}

test.each(["mux_client_request_alive: write packet: Broken pipe", "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 127.0.0.1 port 22", "Connection closed by 192.0.2.7 port 2222"])(
  "a host that drops a connection is asked again: %s",
  async (reason) => {
    const { run, asked } = exchange(reason, 1);
    expect([await untilLetIn(run), asked()]).toEqual(["in", 2]);
  },
  20_000,
);

test("not for ever", async () => {
  const { run, asked } = exchange("kex_exchange_identification: Connection closed by remote host", 9);
  await expect(untilLetIn(run)).rejects.toThrow("kex_exchange_identification");
  expect(asked()).toBe(4);
}, 20_000);

test.each(["ssh: connect to host h port 22: Connection refused", "Connection timed out during banner exchange", "Connection closed by UNKNOWN port 65535"])("a silent one is asked once: %s", async (reason) => {
  const { run, asked } = exchange(reason, 9);
  await expect(untilLetIn(run)).rejects.toThrow(reason);
  expect(asked()).toBe(1);
});
