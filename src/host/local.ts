import { LOADER, runThrough, sudoCommand, sudoRefusal } from "#host/exchange.ts";
import type { Starter } from "#host/exchange.ts";
import type { LocalConnection } from "#model/connection.ts";
import type { Transport } from "#model/transport.ts";

/** This very machine, as root or through sudo. */
export function local(to: LocalConnection): Transport {
  const asRoot = process.getuid?.() === 0;
  const starter: Starter = {
    name: "localhost",
    argv: asRoot ? ["/bin/sh", "-c", LOADER] : sudoCommand(to.sudoPassword),
    refusal: (stderr) => sudoRefusal("localhost", stderr, to.sudoPassword),
    ...(to.sudoPassword === undefined || asRoot ? {} : { password: to.sudoPassword }),
  };
  return {
    name: "localhost",
    lasting: true,
    exchange: (script, onLine) => runThrough(starter, script, onLine),
    fresh: (script) => runThrough(starter, script),
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
}
