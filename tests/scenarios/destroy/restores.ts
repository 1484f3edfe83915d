import { readdirSync } from "node:fs";
import { connect } from "#host/connect.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { testProject } from "../../support/project.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, tried } from "../../support/soak.ts";
import { differenceOf, machineState } from "./machine-state.ts";

const PROMISE = "a machine is as it was after apply and destroy of a profile";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9nVx0Zz3cXH3kT9kq8M8T2m0cV5m1yq4g5oZ0mJ0aK ada@desk";
const settings = { users: { ada: { comment: "Ada", keys: [KEY], sudo: "password" } }, files: { "/etc/motd": { content: "Welcome home.\n" } } } as const;

/** Changes that the comparison must see: how to make one, how to take it back, and a line that tells of it. */
const planted: readonly (readonly [string, string, RegExp])[] = [
  ["echo x >/srv/planted", "rm /srv/planted", /^\+ path \.\/srv\/planted sha256:/],
  ["chmod 0640 /etc/hosts", "chmod 0644 /etc/hosts", /^\+ path \.\/etc\/hosts f 640 0:0/],
  ["chown 1:1 /etc/fstab", "chown 0:0 /etc/fstab", /^\+ path \.\/etc\/fstab f 644 1:1/],
  ["ln -sf /planted /etc/planted", "rm /etc/planted", /^\+ path \.\/etc\/planted l 777 0:0 \/planted/],
  ["mv /etc/issue /etc/issue.kept", "mv /etc/issue.kept /etc/issue", /^- path \.\/etc\/issue f/],
  ["apt-mark auto procps", "apt-mark manual procps", /^\+ mark procps auto/],
  ["apt-mark hold procps", "apt-mark unhold procps", /^\+ package procps installed hold/],
  ["mv /etc/systemd/system/timers.target.wants/dpkg-db-backup.timer /root", "mv /root/dpkg-db-backup.timer /etc/systemd/system/timers.target.wants", /^\+ unit-file dpkg-db-backup\.timer disabled/],
  ["systemd-run --unit planted sleep 100", "systemctl stop planted.service", /^\+ unit planted\.service active/],
  ["groupadd planted", "groupdel planted", /^\+ account group:planted/],
  ["usermod -c Planted admin", "usermod -c '' admin", /^\+ account passwd:admin .*Planted/],
  ["sysctl -q net.ipv4.conf.all.rp_filter=2", "sysctl -q net.ipv4.conf.all.rp_filter=0", /^\+ sysctl net\.ipv4\.conf\.all\.rp_filter 2/],
  ["nft add table inet planted", "nft delete table inet planted", /^\+ nft ruleset table inet planted/],
];

/** What somebody puts beside what is declared, and what of it is there in the end. */
const NEIGHBOURS = `
echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B+g+knO/c8Am0zzYSYsqMMd57lcueNfQ0bnI0tHf of somebody >>/home/ada/.ssh/authorized_keys
if test -d /etc/nftables.d; then echo '# of somebody' >/etc/nftables.d/somebody.nft; fi
`;
const isNeighbour = (line: string): boolean => /^\+ path \.\/(home\/ada|etc\/nftables\.d)( |\/somebody\.nft |\/\.(ssh|bash_logout|bashrc|profile)[ /])/.test(line);

/** All profiles of the repository; unless all are asked for, one for each release. */
const profiles: readonly string[] = readdirSync(new URL("../../../profiles", import.meta.url)).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []);
const profilesOf = (release: number, all: boolean): readonly string[] => (all ? profiles : profiles.filter((profile) => profile === (release === 12 ? "server" : "minimal")));

/** Destroy after apply, on a booted machine of a release, for each profile. */
export async function destroyRestores(release: 12 | 13, all: boolean): Promise<void> {
  const obstacle = await labObstacle();
  describeUnless(obstacle === undefined, obstacle ?? "")(`what destroy gives back on Debian ${release.toString()}`, () => {
    const machine = labMachine(release, { label: `destroy-${release.toString()}` });
    const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString().trim();
    const state = () => machineState(machine.connection());

    test("the comparison sees what is planted, of each sort", async () => {
      const before = await state();
      expect(before.size).toBeGreaterThan(5000);
      for (const [make] of planted) await on(make);
      const seen = differenceOf(before, await state());
      for (const [, undo] of planted) await on(undo);
      expect(planted.filter(([, , line]) => !seen.some((text) => line.test(text))).map(([make]) => make)).toEqual([]);
      expect(differenceOf(before, await state())).toEqual([]);
    }, 120_000);

    test.each(profilesOf(release, all))("profile %s leaves nothing but what others put beside it", async (profile) => {
      const project = testProject(new URL("../workstation/program.ts", import.meta.url), { connection: { ...machine.connection() }, profile, settings });
      tried(PROMISE);
      try {
        const before = await state();
        expect(await project.run("up")).toMatchObject({ exitCode: 0, stderr: "" });
        expect(differenceOf(before, await state()).length).toBeGreaterThan(1000);
        await on(NEIGHBOURS);
        expect(await project.run("destroy")).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^(warning .*kept: \/etc\/nftables\.d, .*\n)?warning .*kept: \/home\/ada, .*$/) as string });
        const differs = differenceOf(before, await state());
        expect(differs.filter((line) => !isNeighbour(line))).toEqual([]);
        expect(await on("cat /home/ada/.ssh/authorized_keys")).toMatch(/^ssh-ed25519 \S+ of somebody$/);
        expect(differs.some((line) => line.includes("somebody.nft"))).toBe(profile !== "minimal");
        held(PROMISE);
      } finally {
        await on("rm -rf /home/ada /etc/nftables.d");
        project.remove();
      }
    }, 600_000);
  });
}
