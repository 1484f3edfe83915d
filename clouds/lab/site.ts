import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** How the controlling machine reaches Debian's archive; a lab machine goes the same way. */
export interface Site {
  /** Base address of the archive, without a slash at the end. */
  readonly mirror: string;
  /** The same for security updates. */
  readonly security: string;
  /** apt.conf(5) lines: proxies, time-outs, checks. */
  readonly aptConf: readonly string[];
  readonly nameservers: readonly string[];
  /** The `search` and `options` lines of resolv.conf(5). */
  readonly resolverLines: readonly string[];
  /** Certificates that this machine trusts beyond Debian's own: file name → PEM. */
  readonly certificates: ReadonlyMap<string, string>;
}

const DEBIAN = "http://deb.debian.org/debian";
const SECURITY = "http://deb.debian.org/debian-security";
const ownCertificates = "/usr/local/share/ca-certificates";
/** apt.conf(5) settings that say how the archive is reached, not what this machine does with it. */
const carried = /^Acquire::(https?::(Proxy|Timeout|Dl-Limit|Verify-Peer|Verify-Host|Pipeline-Depth|No-Cache)(::.*)?|Check-Valid-Until|Check-Date|Retries|ForceIPv4|ForceIPv6) "[^"]+";$/;

const lines = async (argv: readonly [string, ...string[]]): Promise<readonly string[]> => {
  const [file, ...args] = argv;
  const { stdout, failed } = await execa(file, args, { reject: false });
  return failed ? [] : stdout.split("\n");
};

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** Where the machine's own apt finds a Debian suite; undefined where it follows none (another distribution). */
function archiveIn(targets: readonly string[], suite: RegExp): string | undefined {
  for (const line of targets) {
    const [release = "", address = ""] = line.split(" ");
    if (suite.test(release) && address.startsWith("http")) return address.replace(/\/+$/, "");
  }
  return undefined;
}

/** apt obeys these where apt.conf names no proxy (apt-transport-http(1)); a guest does not inherit them. */
function proxiesOfEnvironment(configured: readonly string[]): readonly string[] {
  return ["http", "https"].flatMap((scheme) => {
    const proxy = process.env[`${scheme}_proxy`];
    const known = configured.some((line) => line.startsWith(`Acquire::${scheme}::Proxy "`));
    return proxy === undefined || proxy === "" || known ? [] : [`Acquire::${scheme}::Proxy "${proxy}";`];
  });
}

async function resolver(): Promise<Pick<Site, "nameservers" | "resolverLines">> {
  const own = await textOf("/etc/resolv.conf");
  // systemd-resolved's stub answers to this machine only; the servers behind it answer to a guest too.
  const behind = own.includes("127.0.0.53") ? await textOf("/run/systemd/resolve/resolv.conf") : "";
  const all = (behind === "" ? own : behind).split("\n");
  return {
    nameservers: all.flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? []),
    resolverLines: all.filter((line) => /^(search|options)\s/.test(line)),
  };
}

/** Reads how this machine reaches Debian's archive. */
export async function readSite(): Promise<Site> {
  const [targets, config, names, files] = await Promise.all([
    lines(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]),
    lines(["apt-config", "dump"]),
    resolver(),
    readdir(ownCertificates).catch((): string[] => []),
  ]);
  const configured = config.filter((line) => carried.test(line));
  const pems = files.filter((name) => name.endsWith(".crt")).sort();
  const contents = await Promise.all(pems.map(async (name) => [name, await readFile(join(ownCertificates, name), "utf8")] as const));
  return {
    mirror: archiveIn(targets, /^(bookworm|trixie|bullseye|forky|sid|stable|testing)$/) ?? DEBIAN,
    security: archiveIn(targets, /^(bookworm|trixie|bullseye|stable)-security$/) ?? SECURITY,
    aptConf: [...configured, ...proxiesOfEnvironment(configured)],
    ...names,
    certificates: new Map(contents),
  };
}

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]|::1)$/;

/** One service of the controlling machine that listens on loopback only and that a guest needs. */
export interface Forwarded {
  readonly protocol: "tcp" | "udp";
  /** The loopback address that it listens on. */
  readonly address: string;
  readonly port: number;
}

/**
 * The site as a guest sees it, whose way out is `gateway`: what listens on this machine's loopback is reached there.
 * Without a gateway, as a tree sees it that shares this machine's network.
 */
export function siteSeenFrom(site: Site, gateway?: string): { aptConf: string; resolvConf: string; forwarded: readonly Forwarded[] } {
  const forwarded: Forwarded[] = [];
  const aptConf = site.aptConf.map((line) => {
    const match = /"(https?:\/\/(?:[^@/"]*@)?)(127\.\d+\.\d+\.\d+|localhost):(\d+)/.exec(line);
    if (match === null || gateway === undefined) return line;
    const [whole, before = "", host = "", port = ""] = match;
    forwarded.push({ protocol: "tcp", address: host === "localhost" ? "127.0.0.1" : host, port: Number(port) });
    return line.replace(whole, `"${before}${gateway}:${port}`);
  });
  const nameservers = site.nameservers.map((server) => {
    if (gateway === undefined || !loopback.test(server)) return server;
    const address = server.startsWith("127.") ? server : "127.0.0.1";
    forwarded.push({ protocol: "udp", address, port: 53 }, { protocol: "tcp", address, port: 53 });
    return gateway;
  });
  const resolvConf = [...nameservers.map((server) => `nameserver ${server}`), ...site.resolverLines];
  return { aptConf: `${aptConf.join("\n")}\n`, resolvConf: `${resolvConf.join("\n")}\n`, forwarded };
}
