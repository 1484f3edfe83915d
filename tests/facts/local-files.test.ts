import { localFiles, plainText, textOf, writerOf } from "#facts/local-files.ts";
import type { LocalFile } from "#facts/local-files.ts";

const output = `81a4 root root 27 bmV0LmlwdjQuaXBfZm9yd2FyZCA9IDEK /etc/sysctl.d/60 local.conf
a1ff root root 9 L2Rldi9udWxsCg== /etc/systemd/system/fstrim.timer
41e8 root media 4096 - /etc/myapp
8180 root root 387 - /etc/ssh/ssh_host_ed25519_key
81a4 root root 0 = /etc/environment
81a4 root root 2 AAE= /etc/myapp/blob
8120 ada UNKNOWN 2 aAo= /usr/local/etc/rule
`;
const owned = { owner: "root", group: "root", mode: "0644" };

describe("local files", () => {
  const found = localFiles.parse(output, ["/etc", "/etc/myapp", "/usr/local/etc", "/usr/local/bin"]);

  test("are told by the directory that was asked for", () => {
    const paths = (root: string): readonly string[] => (found.get(root) ?? []).map(({ path }) => path);
    expect(paths("/etc")).toHaveLength(6);
    expect(["/etc/myapp", "/usr/local/etc", "/usr/local/bin"].map(paths)).toEqual([["/etc/myapp/blob"], ["/usr/local/etc/rule"], []]);
  });

  test.each<LocalFile>([
    { ...owned, path: "/etc/sysctl.d/60 local.conf", type: "file", size: 27, bytes: Buffer.from("net.ipv4.ip_forward = 1\n") },
    { ...owned, path: "/etc/systemd/system/fstrim.timer", type: "symlink", mode: "0777", target: "/dev/null" },
    { ...owned, path: "/etc/myapp", type: "directory", mode: "0750", group: "media" },
    { ...owned, path: "/etc/ssh/ssh_host_ed25519_key", type: "file", mode: "0600", size: 387 },
    { ...owned, path: "/etc/environment", type: "file", size: 0, bytes: Buffer.alloc(0) },
  ])("$path is read", (file) => {
    expect(found.get("/etc")).toContainEqual(file);
  });

  test("have a text when they are text, and a plain one when root alone decides on it", () => {
    const at = (path: string): LocalFile | undefined => [...found.values()].flat().find((file) => file.path === path);
    expect(["/etc/environment", "/etc/myapp/blob", "/etc/ssh/ssh_host_ed25519_key"].map((path) => { const file = at(path); return file?.type === "file" ? textOf(file) : path; })).toEqual(["", undefined, undefined]);
    expect(["/etc/environment", "/usr/local/etc/rule", "/etc/myapp"].map((path) => { const file = at(path); return file && plainText(file); })).toEqual(["", undefined, undefined]);
  });

  test.each([
    ["/etc/ssh/ssh_host_rsa_key.pub", "/etc/ssh/ssh_host_*"],
    ["/etc/letsencrypt", "/etc/letsencrypt"],
    ["/etc/letsencrypt/live/example.org/cert.pem", "/etc/letsencrypt"],
    ["/etc/letsencrypt-hooks", undefined],
    ["/etc/cups/printers.conf", "/etc/cups"],
    ["/etc/cups/cupsd.conf", undefined],
    ["/etc/ssh/sshd_config", undefined],
  ])("%s is written by the writer of %s", (path, together) => {
    expect(writerOf(path)?.together).toBe(together);
  });

  test("are refused when they are not understood", () => {
    expect(() => localFiles.parse("stat: cannot\n", ["/etc"])).toThrow("stat: cannot");
  });
});
