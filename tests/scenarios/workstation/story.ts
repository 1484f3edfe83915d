import { openHost } from "#host/session.ts";
import { connect } from "#host/connect.ts";
import type { Item } from "#model/kind.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import type { TestProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9nVx0Zz3cXH3kT9kq8M8T2m0cV5m1yq4g5oZ0mJ0aK ada@desk";
const settings = {
  hostname: "desk",
  users: { ada: { comment: "Ada", keys: [KEY], sudo: "password" } },
  files: { "/etc/motd": { content: "Welcome home.\n" } },
} as const;

/** What somebody does to the machine behind our back, and the item that this is about. */
const tamperings: readonly (readonly [string, string, string])[] = [
  ["a file is edited", "echo hacked >>/etc/motd", "file /etc/motd"],
  ["a file is made readable to all", "chmod 0777 /etc/apt/apt.conf.d/20auto-upgrades", "file automatic-updates"],
  ["a setting of sshd is changed", "echo 'PasswordAuthentication yes' >/etc/ssh/sshd_config.d/00-steading-passwordauthentication.conf", "sshd-setting PasswordAuthentication"],
  ["a parameter of the running kernel is changed", "echo 1 >/proc/sys/net/ipv4/conf/all/accept_redirects", "sysctl net.ipv4.conf.all.accept_redirects"],
  ["the firewall is flushed", "nft flush ruleset", "nftables-table firewall"],
  ["a key is removed", ": >/home/ada/.ssh/authorized_keys", "authorized-key ada ada@desk"],
  ["a shell is changed", "usermod -s /bin/sh ada", "user ada"],
  ["a package is removed", "dpkg --remove tree", "package tree"],
  ["the time zone is changed", "ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime", "locale-and-timezone here"],
];

/** The main job, on a booted machine of a release. */
export async function workstationStory(release: 12 | 13): Promise<void> {
  const obstacle = await labObstacle();
  describeUnless(obstacle === undefined, obstacle ?? "")(`a workstation on Debian ${release.toString()}`, () => {
    const machine = labMachine(release, { label: `desk-${release.toString()}` });
    let project: TestProject;
    const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString().trim();
    const pending = async (): Promise<readonly string[]> => {
      const { output } = await project.json("preview");
      return (output.layers ?? []).flatMap(({ items }) => items.filter(({ action }) => action === "change" || action === "restore").map(({ kind, name }) => `${kind} ${name}`));
    };
    beforeAll(() => {
      project = testProject(new URL("program.ts", import.meta.url), { connection: { ...machine.connection() }, profile: "desktop", settings });
    });
    afterAll(() => {
      project.remove();
    });

    test("a preview says what would change, and touches nothing", async () => {
      await on("touch /tmp/mark");
      expect(await pending()).toEqual(expect.arrayContaining(["package tree", "user ada", "nftables-table firewall", "hostname name"]));
      expect(await on("test -e /var/lib/steading && echo there; find /etc /home -newer /tmp/mark")).toBe("");
    }, 60_000);

    test("one `up` makes the machine as declared", async () => {
      const { exitCode, stdout, stderr } = await project.run("up");
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/\d+ changed/);
      expect(await on("cat /etc/motd; hostname; command -v tree; id -un ada; sshd -T | grep -x 'passwordauthentication no'; nft list chain inet steading input | grep -c 'policy drop'")).toBe(
        ["Welcome home.", "desk", "/usr/bin/tree", "ada", "passwordauthentication no", "1"].join("\n"),
      );
    }, 300_000);

    test("twenty more runs change nothing and write nothing on the host", async () => {
      const written = "find /etc /usr /home /root /opt /srv /boot /var -xdev -newer /tmp/mark -not -path '/var/log/*' -not -path '/var/tmp/*' -not -path '/var/lib/systemd/*' \\( -type f -o -type l -o -type d \\)";
      await on("sleep 1; touch /tmp/mark; sleep 1; touch /etc/seen");
      expect(await on(written)).toContain("/etc/seen"); // it would be seen
      await on("rm /etc/seen; sleep 1; touch /tmp/mark; sleep 1");
      for (let run = 1; run <= 20; run += 1) {
        const { exitCode, output } = await project.json("up");
        expect([run, exitCode, output.summary?.change, output.layers?.flatMap(({ items }) => items.filter(({ action }) => action === "change"))]).toEqual([run, 0, 0, []]);
      }
      expect(await on(written)).toBe("");
    }, 180_000);

    test("what somebody tampered with is found, each by its name, and nothing else", async () => {
      for (const [, script] of tamperings) await on(script);
      expect([...(await pending())].sort()).toEqual(tamperings.map(([, , item]) => item).sort());
    }, 60_000);

    test("a plain `up` repairs exactly that", async () => {
      const { exitCode, output } = await project.json("up");
      expect(exitCode).toBe(0);
      expect(output.summary?.change).toBe(tamperings.length);
      expect(await pending()).toEqual([]);
    }, 180_000);

    test("another stack that claims a file is refused with both names", async () => {
      const host = openHost(machine.connection());
      const item: Item = { kind: "file", name: "motd", want: { path: "/etc/motd", content: "mine" } };
      await expect(host.plan({ project: "other", stack: "den", layer: "l" }, [item], [])).rejects.toThrow(/layer desk of stack test\/test.*layer l of stack other\/den/);
    });

    test("destroy gives the machine back", async () => {
      const { exitCode, stderr } = await project.run("destroy");
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      expect(await on("cat /etc/motd | grep -c Welcome; command -v tree; id -un ada 2>/dev/null; nft list ruleset; ls /etc/sysctl.d /etc/ssh/sshd_config.d | grep steading; ls -d /var/lib/steading 2>/dev/null")).toBe("0");
    }, 120_000);
  });
}
