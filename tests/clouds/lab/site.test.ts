import { siteSeenFrom } from "#clouds/lab/site.ts";
import type { Site } from "#clouds/lab/site.ts";

const site = (fields: Partial<Site>): Site => ({
  mirror: "http://deb.debian.org/debian",
  security: "http://deb.debian.org/debian-security",
  aptConf: [],
  nameservers: ["192.0.2.53"],
  resolverLines: ["search example.org"],
  certificates: new Map(),
  ...fields,
});

describe("what a guest sees of this machine's way to the archive", () => {
  test.each([
    ["a proxy elsewhere stays", 'Acquire::http::Proxy "http://192.0.2.1:3128";', 'Acquire::http::Proxy "http://192.0.2.1:3128";', []],
    ["a proxy on loopback is reached at the gateway", 'Acquire::http::Proxy "http://127.0.0.1:3142/";', 'Acquire::http::Proxy "http://10.83.0.1:3142/";', [{ protocol: "tcp", address: "127.0.0.1", port: 3142 }]],
    ["a proxy with a login keeps it", 'Acquire::https::Proxy "http://me:pw@localhost:8080";', 'Acquire::https::Proxy "http://me:pw@10.83.0.1:8080";', [{ protocol: "tcp", address: "127.0.0.1", port: 8080 }]],
    ["other settings stay", 'Acquire::Check-Valid-Until "false";', 'Acquire::Check-Valid-Until "false";', []],
  ])("%s", (_, own, guests, forwarded) => {
    expect(siteSeenFrom(site({ aptConf: [own] }), "10.83.0.1")).toEqual({ aptConf: `${guests}\n`, resolvConf: "nameserver 192.0.2.53\nsearch example.org\n", forwarded });
  });

  test("a name server on loopback is reached at the gateway, both ways", () => {
    const seen = siteSeenFrom(site({ nameservers: ["127.0.0.1"] }), "10.83.0.1");
    expect(seen.resolvConf).toBe("nameserver 10.83.0.1\nsearch example.org\n");
    expect(seen.forwarded).toEqual(["udp", "tcp"].map((protocol) => ({ protocol, address: "127.0.0.1", port: 53 })));
  });

  test("a tree shares this machine's network: nothing is changed", () => {
    const own = site({ nameservers: ["127.0.0.53"], aptConf: ['Acquire::http::Proxy "http://127.0.0.1:3142/";'] });
    expect(siteSeenFrom(own)).toEqual({ aptConf: `${own.aptConf[0] ?? ""}\n`, resolvConf: "nameserver 127.0.0.53\nsearch example.org\n", forwarded: [] });
  });
});
