import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { IResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";

/** The plugin's executable, as Pulumi starts it. */
export const pluginPath = join(import.meta.dirname, "../../src/provider/bin/pulumi-resource-steading");

/** A plugin that runs, and a client of it. */
export interface Plugin {
  readonly child: ChildProcess;
  readonly client: IResourceProviderClient;
  /** The first line of stdout. */
  readonly port: string;
  /** From spawn to the port, in milliseconds. */
  readonly startMs: number;
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<void>;
}

/** Starts the plugin; `engine` is the address of the engine's log, `program` another way to start it. */
export async function startPlugin(engine?: string, stdin: "pipe" | "ignore" = "pipe", program: readonly string[] = []): Promise<Plugin> {
  const since = performance.now();
  const stdio: StdioOptions = [stdin, "pipe", "inherit"];
  const [command = pluginPath, ...words] = program;
  const child = spawn(command, engine === undefined ? words : [...words, engine], { stdio });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").once("data", (line: string) => { resolve(line.trim()); });
    child.once("exit", (code) => { reject(new Error(`the plugin ended with ${String(code)}`)); });
  });
  const startMs = performance.now() - since;
  const client = new providerGrpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    child,
    client,
    port,
    startMs,
    exited,
    async stop() {
      client.close();
      child.kill("SIGINT");
      await exited;
    },
  };
}

/** One call as a promise: `rpc((done) => client.check(request, done))`. */
export const rpc = <A>(call: (done: (error: ServiceError | null, answer: A) => void) => unknown): Promise<A> =>
  new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
