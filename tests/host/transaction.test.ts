import type { Action, Plan } from "#host/plan.ts";
import { operations } from "#host/transaction.ts";
import { mask } from "#model/mask.ts";
import { run, writeFile } from "#model/step.ts";
import type { Step } from "#model/step.ts";

const action = (kind: string, name: string, steps: readonly Step[]): Action => ({ item: { kind, name, want: {} }, action: "change", changes: [], steps, rollback: [], risk: "none" });
const planOf = (actions: readonly Action[], reactions: readonly (readonly Step[])[] = []): Pick<Plan, "actions" | "reactions"> => ({
  actions,
  reactions: reactions.map((steps) => ({ item: { kind: "systemd-service", name: "x", want: {} }, steps, risk: "none" as const })),
});
const install = (name: string): Step => run(["apt-get", "install"], { each: [name] });
const refresh = run(["apt-get", "update"], { once: true });
const reload = run(["systemctl", "reload", "ssh.service"], { once: true });

const words = (plan: Pick<Plan, "actions" | "reactions">) =>
  operations(plan).map(({ step, items }) => [step.do === "run" ? [...step.argv, ...(step.each ?? [])].join(" ") : `write ${step.path}`, items]);

test.each<readonly [string, Pick<Plan, "actions" | "reactions">, readonly unknown[]]>([
  ["neighbours that are equal but for `each` become one", planOf([action("package", "a", [install("a")]), action("package", "b", [install("b")])]), [["apt-get install a b", [0, 1]]]],
  ["what runs once runs first, and does not part neighbours", planOf([action("package", "a", [refresh, install("a")]), action("package", "b", [refresh, install("b")])]), [["apt-get update", [0]], ["apt-get install a b", [0, 1]]]],
  ["others stay apart", planOf([action("package", "a", [install("a")]), action("file", "f", [writeFile("/f", "")]), action("package", "b", [install("b")])]), [["apt-get install a", [0]], ["write /f", [1]], ["apt-get install b", [2]]]],
  ["a reaction runs at the end even if an item ran the same", planOf([action("x", "a", [reload])], [[reload]]), [["systemctl reload ssh.service", [0]], ["systemctl reload ssh.service", []]]],
])("%s", (_, plan, expected) => {
  expect(words(plan)).toEqual(expected);
});

test("a secret in a command's output is masked, also in the middle of a line", () => {
  expect(mask("user:hunter2-canary failed\nhunter2-canary", ["hunter2-canary"])).toBe("user:[secret] failed\n[secret]");
});
