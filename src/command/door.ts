import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { sshOptions } from "#host/ssh.ts";
import { runtimeDirectory } from "#host/ssh-policy.ts";
import { ADDRESS } from "#model/connection.ts";
import { quoteAll } from "#model/quote.ts";
import { isObject } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";
import { textAt } from "#command/inputs.ts";

/** How ssh(1) is started for one machine, for as long as it is open. */
export interface Door extends AsyncDisposable {
  /** Up to and with the address; a command for the login shell comes behind. */
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Says what it is told over a socket: a secret that ssh asks for is on no disk, and in no environment. */
const ASKPASS = `#!/bin/sh
exec "$STEADING_NODE" -e 'require("net").connect(process.argv[1]).pipe(process.stdout)' "$STEADING_ANSWER"
`;

/** What is open beside ssh itself, closed in reverse. */
class Parts extends AsyncDisposableStack {
  readonly directory: string;
  #count = 0;

  constructor(directory: string) {
    super();
    this.directory = directory;
    this.defer(() => rm(directory, { recursive: true, force: true }));
  }

  /** A short path for a socket (unix(7): about 104 bytes). */
  socket(): string {
    this.#count += 1;
    return join(this.directory, this.#count.toString());
  }

  /**
   * The environment of a program that will ask for a secret.
   *
   * @param times - whoever asks more often hears nothing: ssh-add(1) asks for ever
   */
  async answering(secret: string, times = Infinity): Promise<Readonly<Record<string, string>>> {
    let left = times;
    const [askpass, path] = [join(this.directory, "askpass"), this.socket()];
    await writeFile(askpass, ASKPASS, { mode: 0o700 });
    const server = createServer((socket) => {
      socket.once("error", () => undefined);
      left -= 1;
      socket.end(left < 0 ? "" : `${secret}\n`);
    });
    await new Promise<void>((resolve) => { server.listen(path, resolve); });
    this.defer(() => new Promise<void>((resolve) => { server.close(() => { resolve(); }); }));
    return { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force", STEADING_NODE: process.execPath, STEADING_ANSWER: path };
  }

  /** An agent that has this key and no other: a key reaches ssh without touching the disk. Throws an Error for a key that cannot be read. */
  async agent(key: string, password: string | undefined): Promise<string> {
    const path = this.socket();
    const agent = spawn("ssh-agent", ["-D", "-a", path], { stdio: "ignore" });
    agent.once("error", () => undefined);
    this.defer(() => { agent.kill(); });
    const env = { SSH_AUTH_SOCK: path, ...(password === undefined ? { SSH_ASKPASS: "/bin/false", SSH_ASKPASS_REQUIRE: "force" } : await this.answering(password, 1)) };
    for (let tries = 0; ; tries++) {
      const added = await execa("ssh-add", ["-q", "-"], { input: key.endsWith("\n") ? key : `${key}\n`, env, reject: false });
      if (added.exitCode === 0) return path;
      // 2: the agent is not there yet (ssh-add(1)).
      if (added.exitCode !== 2 || tries === 100) throw new Error(`the private key cannot be used: ${added.stderr.trim()}`);
      await sleep(20);
    }
  }
}

/** argv and environment of ssh for one endpoint, up to and with the address. */
async function endpointOf(parts: Parts, to: JsonObject): Promise<{ readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly address: string }> {
  const address = textAt(to, "host") ?? "";
  if (!ADDRESS.test(address)) throw new Error(`${JSON.stringify(address)} is no host name or address`);
  const [key, password, agent, hostKey] = [textAt(to, "privateKey"), textAt(to, "password"), textAt(to, "agentSocketPath"), textAt(to, "hostKey")];
  const options = ["ControlMaster=no", "ControlPath=none", `ConnectTimeout=${Math.round(Number(to["perDialTimeout"] ?? 15)).toString()}`];
  if (key !== undefined) options.push(`IdentityAgent=${await parts.agent(key, textAt(to, "privateKeyPassword"))}`, "IdentityFile=none");
  else if (agent !== undefined) options.push(`IdentityAgent=${agent}`);
  if (password !== undefined) options.push("BatchMode=no", "NumberOfPasswordPrompts=1", "PreferredAuthentications=publickey,password,keyboard-interactive");
  const env = password === undefined ? {} : await parts.answering(password);
  const own = sshOptions({ via: "ssh", address, port: Math.round(Number(to["port"] ?? 22)), user: textAt(to, "user") ?? "root", ...(hostKey === undefined ? {} : { hostKey }) });
  return { argv: [...options.flatMap((option) => ["-o", option]), ...own], env, address };
}

/** Opens the way to a machine as `@pulumi/command` describes it; `connection` is open and has its defaults. Its host key is verified, whatever it says. */
export async function openDoor(connection: JsonObject): Promise<Door> {
  const parts = new Parts(await mkdtemp(join(runtimeDirectory(), "c-")));
  try {
    const { argv, env, address } = await endpointOf(parts, connection);
    const proxy = isObject(connection["proxy"]) ? await endpointOf(parts, connection["proxy"]) : undefined;
    const through = proxy === undefined ? [] : ["-o", `ProxyCommand=${quoteAll(["env", ...Object.entries(proxy.env).map(([name, value]) => `${name}=${value}`), "ssh", ...proxy.argv]).replaceAll("%", "%%")} -W '[%h]:%p' -- ${proxy.address}`];
    const disposer = parts.move();
    return { argv: ["ssh", ...through, ...argv, "-T", "--", address], env, [Symbol.asyncDispose]: () => disposer.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}
