import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Output } from "#cli/output.ts";
import { connect } from "#host/connect.ts";
import { kindNamed } from "#host/kinds.ts";
import { openHost } from "#host/session.ts";
import { survey } from "#host/survey.ts";
import { connectionText } from "#provider/connection-input.ts";
import { steading } from "../../support/cli.ts";
import { labMachine, labObstacle } from "../../support/lab.ts";
import { describeUnless } from "../../support/skip.ts";
import { changedByHand, secrets, tamperings } from "./changed-by-hand.ts";

const ROOT = join(import.meta.dirname, "../../..");

/**
 * Files of /etc, /usr/local and homes with mode, owner and digest, packages, units, the packet filter, and what sshd and kernel have.
 * Not what account tools keep of the state before their last change, nor caches.
 */
const STATE = `cd / && {
  find ./etc ./usr/local ./home ./root ! -name '*-' ! -name ld.so.cache ! -name .pwd.lock -exec stat -c '%n %a %U:%G %F' {} +
  find ./etc ./usr/local ./home ./root -type f ! -name '*-' ! -name ld.so.cache -exec sha256sum {} +
  find ./etc -type l -printf '%p -> %l\\n'
  dpkg-query -W -f 'package \${Package} \${db:Status-Abbrev} \${Version}\\n'
  systemctl list-unit-files --no-legend --no-pager | awk '$2 != "transient" { print $1, $2 }'
  for unit in backup.timer tidy.timer nftables.service ssh.service apt-daily.timer fstrim.timer; do echo "$unit $(systemctl is-active $unit)"; done
  nft list ruleset; sshd -T; hostname; cat /proc/sys/net/ipv4/ip_forward; find /var/lib/steading
} 2>/dev/null | sort`;

/** A machine that was changed by hand: imported, adopted, repaired, given back. */
export async function importStory(release: 12 | 13): Promise<void> {
  const obstacle = await labObstacle();
  const kinds = (await Promise.all(readdirSync(join(ROOT, "kinds")).map((file) => kindNamed(file.replace(".ts", ""))))).filter((kind) => kind?.survey !== undefined).flatMap((kind) => kind ?? []);
  describeUnless(obstacle === undefined, obstacle ?? "")(`a Debian ${release.toString()} that was changed by hand`, () => {
    const machine = labMachine(release, { label: `import-${release.toString()}` });
    const home = mkdtempSync(join(tmpdir(), "steading-import-"));
    const project = join(home, "project");
    const program = join(project, "stacks/desk.ts");
    const on = async (script: string): Promise<string> => (await connect(machine.connection()).exchange(script)).stdout.toString().trim();
    const state = async (): Promise<readonly string[]> => (await on(STATE)).split("\n");
    const run = (...args: readonly string[]) => steading(args, { cwd: project });
    const json = async (...args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await run(...args, "--stack", "desk", "--json");
      return { exitCode, stderr, output: JSON.parse(stdout) as Output };
    };
    const changed = ({ layers = [] }: Output, ...actions: readonly string[]) => layers.flatMap(({ items }) => items.filter(({ action }) => actions.includes(action)).map(({ kind, name }) => `${kind} ${name}`)).sort();
    const adopted: string[] = [];
    let before: readonly string[] = [];

    beforeAll(async () => {
      const { exitCode, stderr } = await connect(machine.connection()).exchange(changedByHand);
      expect([exitCode, stderr]).toEqual([0, ""]);
      await steading(["new", "workstation-typescript", project]);
      before = await state();
    }, 240_000);
    afterAll(() => {
      rmSync(home, { recursive: true, force: true });
    });

    test("every kind that can look finds something, and what it finds is as an item says it", async () => {
      const session = openHost(machine.connection());
      const { items, unmanaged } = await survey(session, { project: "p", stack: "s", layer: "l" }, kinds);
      await session.close();
      const found = new Set([...items, ...unmanaged].map(({ kind }) => kind));
      expect(kinds.map(({ kind }) => kind).filter((kind) => !found.has(kind))).toEqual([]);
      expect(new Set(items.map(({ kind }) => kind)).size).toBe(kinds.length - 1); // tables of the packet filter are only listed
      expect(unmanaged.filter(({ why }) => /differs|twice|not allowed/.test(why))).toEqual([]);
    }, 120_000);

    test("is written as a program, without its secrets, which are listed with the reason", async () => {
      const to = machine.connection();
      const { exitCode, stderr, output } = await json("import", "--host", connectionText(to), "--host-key", to.hostKey ?? "", "--identity-file", to.identityFile ?? "");
      expect([exitCode, stderr, output.result, output.file]).toEqual([0, "", "succeeded", program]);
      adopted.push(...(output.items ?? []).map(({ kind, name }) => `${kind} ${name}`));
      const text = readFileSync(program, "utf8");
      expect(text).toContain('packageKind("tree"'); // a text of the machine would be seen
      for (const secret of [...secrets, ...(await on("cut -d : -f 2 /etc/shadow | grep '^\\$'")).split("\n")]) expect(`${text}${JSON.stringify(output)}`).not.toContain(secret);
      const left = (output.unmanaged ?? []).map(({ kind, name, why }) => `${kind} ${name}: ${why}`);
      for (const name of ["file /etc/myapp/wg0.conf: it may hold a secret", "file /etc/myapp/server.key: it may hold a secret", "systemd-unit leaky.service: it may hold a secret", "file /etc/myapp/blob: it is no text", "file /etc/myapp/large: it has more than", "user password of ada: its hash is a secret", "nftables-table inet mine:", "directory /srv/photos:"])
        expect(left).toContainEqual(expect.stringContaining(name));
      for (const line of left) expect(text).toContain(`//   ${line}`);
      expect(await state()).toEqual(before);
    }, 120_000);

    test("has a program that compiles in its project", async () => {
      const { stdout, exitCode } = await execa("node", [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project], { reject: false });
      expect([stdout, exitCode]).toEqual(["", 0]);
    }, 120_000);

    test("has nothing to change at the first preview", async () => {
      const { exitCode, output } = await json("preview");
      expect([exitCode, output.result, output.summary]).toEqual([0, "succeeded", { change: 0, adopt: adopted.length, cannotTell: 0, waiting: 0, unchanged: 0, queued: 0, forgotten: 0 }]);
      expect(changed(output, "adopt")).toEqual([...adopted].sort());
      expect((await run("preview", "--stack", "desk")).stdout).toContain(`nothing to change, ${adopted.length.toString()} to adopt`);
      expect(await state()).toEqual(before);
    }, 120_000);

    test("is adopted by `up`, which touches nothing of it", async () => {
      const { exitCode, output } = await json("up", "--yes");
      expect([exitCode, output.summary?.change, output.summary?.adopt]).toEqual([0, 0, adopted.length]);
      expect((await state()).filter((line) => !line.startsWith("/var/lib/steading"))).toEqual(before);
      const again = await json("preview");
      expect([again.exitCode, again.output.summary?.adopt, again.output.summary?.unchanged]).toEqual([0, 0, adopted.length]);
    }, 120_000);

    test("is repaired by `up` where somebody changed it, and nowhere else", async () => {
      for (const [script] of tamperings) await on(`{ ${script}; } >/dev/null 2>&1`);
      const name = (await on("cat /etc/hostname")).trim();
      const { exitCode, output } = await json("preview");
      expect([exitCode, changed(output, "change", "adopt", "restore")]).toEqual([2, tamperings.map(([, item]) => (item === "hostname" ? `hostname ${name}` : item)).sort()]);
      const up = await json("up", "--yes");
      expect([up.exitCode, up.output.errors, up.output.summary?.change]).toEqual([0, [], tamperings.length]);
      expect((await json("preview")).output.summary?.change).toBe(0);
    }, 180_000);

    test("is, once it is destroyed, as it was before the import", async () => {
      const { exitCode, output } = await json("destroy", "--yes");
      expect([exitCode, output.errors]).toEqual([0, []]);
      expect(await state()).toEqual(before);
    }, 120_000);
  });
}
