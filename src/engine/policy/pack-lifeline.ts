import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { parentPort } from "node:worker_threads";

/** A worker that hands on the first line of stdin and ends the process with it, also one whose policy never ends. */
const stdin = new Socket({ fd: 0, readable: true, writable: false });
// Whoever was killed may have reset the connection.
stdin.on("error", () => undefined);
createInterface({ input: stdin })
  .once("line", (line) => parentPort?.postMessage(line))
  .once("close", () => process.kill(process.pid, "SIGKILL"));
