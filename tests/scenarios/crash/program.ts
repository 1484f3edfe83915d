import { openHost } from "#host/session.ts";
import type { Action, Plan } from "#host/plan.ts";
import type { Connection } from "#model/connection.ts";
import { isFault } from "#model/fault.ts";
import type { Item } from "#model/kind.ts";
import { run } from "#model/step.ts";
import type { Run } from "#model/step.ts";

/** Whose changes they are. */
export const owner = { project: "crash", stack: "crash", layer: "thirty" };

const mark = (name: string): Item => ({
  kind: "command",
  name,
  want: { probe: ["test", "-e", `/srv/${name}`], apply: ["touch", `/srv/${name}`], undo: ["rm", "-f", `/srv/${name}`], risk: "none" },
});

/** Thirty items of several kinds: new files, changed files, folders, links, commands, a group, a user, a unit with its timer. */
export const items: readonly Item[] = [
  ...[1, 2, 3, 4].map((n): Item => ({ kind: "directory", name: `d${n.toString()}`, want: { path: `/srv/d${n.toString()}` } })),
  ...[1, 2, 3, 4, 5, 6].map((n): Item => ({ kind: "file", name: `new${n.toString()}`, want: { path: `/srv/d1/new${n.toString()}`, content: `new ${n.toString()}\n`, mode: "0640" } })),
  ...["issue.net", "debian_version", "shells", "networks"].map((name): Item => ({ kind: "file", name, want: { path: `/etc/${name}`, content: `changed: ${name}\n`, mode: "0600" } })),
  ...[1, 2, 3].map((n): Item => ({ kind: "symlink", name: `l${n.toString()}`, want: { path: `/srv/l${n.toString()}`, target: `/srv/d${n.toString()}` } })),
  ...["one", "two", "three", "four", "five", "six", "seven", "eight"].map(mark),
  { kind: "group", name: "crew", want: { name: "crew", gid: 4242 } },
  { kind: "user", name: "mate", want: { name: "mate", uid: 4243, comment: "Mate", groups: ["crew"], system: true } },
  { kind: "systemd-timer", name: "tick", want: { unit: "tick.service", onCalendar: "yearly" } },
  { kind: "systemd-unit", name: "tick.service", want: { unit: "tick.service", content: "[Service]\nExecStart=/bin/true\n" } },
  { kind: "hostname", name: "name", want: { hostname: "thirty" } },
];

/** A new file, then a command that never ends. */
export const hanging: readonly Item[] = [
  { kind: "file", name: "first", want: { path: "/srv/first", content: "first\n" } },
  { kind: "command", name: "hangs", want: { probe: ["false"], apply: ["sleep", "7654"], undo: ["true"], needs: ["path:/srv/first"], risk: "none" } },
];

const LOCK = "/var/lib/steading/lock";
const KEEPER = `$(cut -d ' ' -f 1 /var/lib/steading/txn/$(cat ${LOCK}/id)/keeper)`;
/** Ends the shell that runs the steps, the keeper, or the shell that undoes: at once, as the kernel ends what took too much memory. */
const kills: Readonly<Record<string, string>> = {
  runner: `kill -9 $(cut -d ' ' -f 1 ${LOCK}/runner)`,
  keeper: `kill -9 ${KEEPER}`,
  both: `kill -9 ${KEEPER} $(cut -d ' ' -f 1 ${LOCK}/runner) $PPID`,
  undo: "kill -9 $PPID",
};

/** Who is killed where. */
export interface Bomb {
  readonly victim: "controller" | "runner" | "both" | "keeper" | "undo";
  /** While the steps run, or while they are undone. */
  readonly during: "apply" | "undo";
  /** Before which action, counted from 0. */
  readonly at: number;
}

const bomb = ({ victim }: Bomb): Run => run(["sh", "-c", `mkdir /run/bombed 2>/dev/null || exit 0; ${kills[victim] ?? "true"}; sleep 5`]);

/** The plan with a step that kills. */
export function armed(plan: Plan, where: Bomb): Plan {
  if (where.victim === "controller") return plan;
  const last = plan.actions.length - 1;
  const change = (action: Action, index: number): Action => {
    const here = index === where.at;
    if (where.during === "apply") return here ? { ...action, steps: [bomb(where), ...action.steps] } : action;
    const rollback = "impossible" in action.rollback || !here ? action.rollback : [...action.rollback, bomb(where)];
    return { ...action, rollback, steps: index === last ? [...action.steps, run(["false"])] : action.steps };
  };
  return { ...plan, actions: plan.actions.map(change) };
}

/** Brings the host to `want`; a transaction that an earlier run left is ended first, as `up` does it. */
export async function up(to: Connection, want: readonly Item[], old: readonly Item[], onStep: (index: number) => void = () => undefined, change: (plan: Plan) => Plan = (plan) => plan): Promise<Plan> {
  const session = openHost(to);
  try {
    for (let tries = 0; ; tries++) {
      const plan = change(await session.plan(owner, want, old));
      try {
        await session.apply(plan, ({ index, seconds }) => { if (seconds === undefined) onStep(index); });
        return plan;
      } catch (error) {
        if (tries > 1 || !isFault(error, "plan.stale") || error.detail.recovered !== true) throw error;
      }
    }
  } finally {
    await session.close();
  }
}
