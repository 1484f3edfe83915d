import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { openHost } from "#host/session.ts";
import type { Plan } from "#host/plan.ts";
import { isFault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";
import { run } from "#model/step.ts";
import { describeUnless } from "../../support/skip.ts";
import { held, rounds, tried } from "../../support/soak.ts";
import { smallTree } from "../../support/small-tree.ts";
import { treeObstacle } from "../../support/tree.ts";

const owner = { project: "full", stack: "full", layer: "disk" };
const items: readonly Item[] = [
  ...[1, 2, 3].map((n): Item => ({ kind: "directory", name: `d${n.toString()}`, want: { path: `/srv/d${n.toString()}` } })),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n): Item => ({ kind: "file", name: `f${n.toString()}`, want: { path: `/srv/d1/f${n.toString()}`, content: `${n.toString()}\n`.repeat(n * 9000) } })),
  ...["hosts", "issue"].map((name): Item => ({ kind: "file", name, want: { path: `/etc/${name}`, content: "#\n".repeat(5000), mode: "0600" } })),
  ...[1, 2, 3].map((n): Item => ({ kind: "symlink", name: `l${n.toString()}`, want: { path: `/srv/l${n.toString()}`, target: "/srv/d1" } })),
  { kind: "command", name: "mark", want: { probe: ["test", "-s", "/srv/mark"], apply: ["cp", "/srv/d1/f8", "/srv/mark"], undo: ["rm", "-f", "/srv/mark"], needs: ["path:/srv/d1/f8"] } },
];
const COUNT = items.length;

describeUnless(treeObstacle === undefined, treeObstacle ?? "")("a disk that is full", () => {
  let tree: ReturnType<typeof smallTree>;
  beforeEach(() => { tree = smallTree(); });
  afterEach(() => { tree.remove(); });
  const session = () => openHost({ via: "tree", root: tree.root });
  const up = async (change: (plan: Plan) => Plan = (plan) => plan): Promise<unknown> => {
    const plan = change(await session().plan(owner, items, []));
    return session().apply(plan).then(() => "applied", (error: unknown) => error);
  };
  /** The plan with a step before its action `at` that runs `script`. */
  const interrupted = (at: number, script: string) => (plan: Plan): Plan => ({
    ...plan,
    actions: plan.actions.map((action, index) => (index === at ? { ...action, steps: [run(["sh", "-c", script]), ...action.steps] } : action)),
  });

  const sizes = [...Array(rounds(6, 60)).keys()].map((n) => Math.round((n * 12_000_000) / rounds(6, 60)));
  test.each(sizes)("with %i bytes free it is done, or nothing is touched and it says why", async (bytes) => {
    tried("full disk");
    tree.leave(bytes);
    const before = tree.digest();
    const outcome = await up();
    if (outcome !== "applied") {
      expect(isFault(outcome) && [outcome.code, outcome.hostState]).toEqual(isFault(outcome, "host.unwritable") ? ["host.unwritable", "untouched"] : ["command.failed", "reverted"]);
      expect(tree.digest()).toBe(before);
    }
    rmSync(join(tree.root, "filler"));
    expect(await up()).toBe("applied");
    held("full disk");
  }, 60_000);

  const places = [...Array(COUNT).keys()].filter((at) => at % rounds(4, 1) === 0);
  test.each(places)("it fills up before action %i: everything is rolled back, byte for byte", async (at) => {
    tried("full disk");
    const before = tree.digest();
    const outcome = await up(interrupted(at, "cat /dev/zero >/filler 2>/dev/null; true"));
    expect(statSync(join(tree.root, "filler")).size).toBeGreaterThan(1_000_000);
    // What was staged before needs no more room: a plan of nothing but files can end well on a full disk.
    if (outcome !== "applied") {
      expect(isFault(outcome, "command.failed") && outcome.hostState).toBe("reverted");
      expect(String(outcome)).toMatch(/[Nn]o space|no room/);
      expect(tree.digest()).toBe(before);
    }
    rmSync(join(tree.root, "filler"));
    expect(await up()).toBe("applied");
    held("full disk");
  }, 60_000);

  test("a read-only file system is left alone, and named", async () => {
    tree.remount("ro");
    const outcome = await up();
    expect(isFault(outcome, "host.unwritable") && outcome.hostState).toBe("untouched");
    expect(String(outcome)).toContain("/var/lib/steading");
  });

  test.each(places)("it becomes read-only before action %i: the fault says so, and the next run ends it", async (at) => {
    tried("read-only disk");
    const before = tree.digest();
    const outcome = await up(interrupted(at, "mount -o remount,ro / 2>/dev/null || mount -o remount,ro,bind /"));
    expect(isFault(outcome)).toBe(true);
    tree.remount("rw");
    // The lease of the run that could not let go ends by itself; nobody waits for it here.
    rmSync(join(tree.root, "var/lib/steading/lock/lease"), { force: true });
    let again = await up();
    if (isFault(again, "plan.stale") && again.detail.recovered === true) {
      expect(tree.digest().replaceAll(/.*\/var\/lib\/steading.*\n?/g, "")).toBe(before.replaceAll(/.*\/var\/lib\/steading.*\n?/g, ""));
      again = await up();
    }
    expect(again).toBe("applied");
    held("read-only disk");
  }, 60_000);
});
