import type { Account } from "#facts/users.ts";
import { user } from "#kinds/user.ts";
import type { UserProps } from "#kinds/user.ts";
import type { Step } from "#model/step.ts";
import { absent, folder } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./user.samples.ts";

kindLaws(user, samples);

const HASH = "$6$salt$hash";
const want: UserProps = { name: "alice" };
const account: Account = { uid: 1000, gid: 1000, group: "alice", groups: ["audio"], comment: "Alice,,,", home: "/home/alice", shell: "/bin/bash", locked: true };
const have = (more?: Partial<Account>, hash?: string) => ({
  user: { tools: true, ...(more === undefined ? {} : { account: { ...account, ...more } }) },
  ownGroup: { tools: true, ...(more === undefined ? {} : { gid: 1000 }) },
  password: hash === undefined ? undefined : { hash, changed: "19000", ageing: ["0", "99999", "7", "", ""] },
  home: more === undefined ? absent : folder(),
});
/** What the steps run; a script by what is given to it. */
const argvs = (steps: readonly Step[]) => steps.map((step) => (step.do === "run" ? step.argv.slice(step.argv[0] === "sh" ? 3 : 0).join(" ") : step.do));

describe("user", () => {
  test.each([
    { name: "absent", want, before: have(), fields: ["state"], steps: ["groupadd -f alice", "useradd -m -g alice -s /bin/bash alice"] },
    { name: "absent, with a number", want: { ...want, uid: 1500 }, before: have(), fields: ["state"], steps: ["groupadd -f -g 1500 alice", "useradd -m -u 1500 -g alice -s /bin/bash alice"] },
    { name: "absent, with another group", want: { ...want, group: "users", groups: ["sudo", "audio"] }, before: have(), fields: ["state"], steps: ["useradd -m -g users -G audio,sudo -s /bin/bash alice"] },
    { name: "absent, for a service", want: { ...want, system: true, home: "/var/lib/a" }, before: have(), fields: ["state"], steps: ["groupadd -f -r alice", "useradd --system -M -g alice -d /var/lib/a -s /bin/bash alice"] },
    { name: "absent, with a password", want: { ...want, passwordHash: HASH }, before: have(), fields: ["state"], steps: ["groupadd -f alice", "useradd -m -g alice -s /bin/bash alice", "chpasswd -e"] },
    { name: "there", want, before: have({}), fields: [], steps: [] },
    { name: "there with that name and commas", want: { ...want, comment: "Alice" }, before: have({}), fields: [], steps: undefined },
    { name: "there with another shell and name", want: { ...want, shell: "/bin/zsh", comment: "Al" }, before: have({}), fields: ["shell", "comment"], steps: ["usermod -c Al -s /bin/zsh alice"] },
    { name: "missing in a group", want: { ...want, groups: ["sudo"] }, before: have({}), fields: ["groups"], steps: ["usermod -G audio,sudo alice"] },
    { name: "in its groups and others", want: { ...want, groups: [] }, before: have({}), fields: [], steps: ["usermod -G audio alice"] },
    { name: "in groups that are not wanted", want: { ...want, groups: ["sudo"], otherGroups: "remove" }, before: have({}), fields: ["groups"], steps: ["usermod -G sudo alice"] },
    { name: "with another password", want: { ...want, passwordHash: HASH }, before: have({}, "!"), fields: ["passwordHash"], steps: ["chpasswd -e"] },
    { name: "with that password, locked", want: { ...want, passwordHash: HASH, locked: true }, before: have({}, `!${HASH}`), fields: [], steps: [] },
    { name: "open, to be locked", want: { ...want, locked: true }, before: have({ locked: false }), fields: ["locked"], steps: ["usermod -L alice"] },
    { name: "there and unwanted", want: { ...want, state: "absent" }, before: have({}, "!"), fields: ["state"], steps: ["steading alice", "userdel alice"] },
    { name: "absent and unwanted", want: { ...want, state: "absent" }, before: have(), fields: [], steps: undefined },
  ] as const)("$name: differs in $fields", ({ want: wanted, before, fields, steps }) => {
    expect(user.diff(wanted, before).map(({ field }) => field)).toEqual(fields);
    if (steps) expect(argvs(user.apply(wanted, before))).toEqual(steps);
  });

  test.each([
    { name: "no account, and no group of its name", want, before: have(), steps: ["steading alice", "userdel alice", "groupdel alice", "steading /home/alice"] },
    { name: "no account, and no home", want: { ...want, onRemoval: "remove-home" }, before: have(), steps: ["steading alice", "userdel alice", "groupdel alice", "rm -rf --one-file-system -- /home/alice"] },
    { name: "no account, with the home that was there", want: { ...want, onRemoval: "remove-home" }, before: { ...have(), home: folder() }, steps: ["steading alice", "userdel alice", "groupdel alice"] },
    { name: "no account of a service", want: { ...want, system: true }, before: have(), steps: ["steading alice", "userdel alice", "groupdel alice"] },
    { name: "no account, with the group that was there", want, before: { ...have(), ownGroup: { tools: true, gid: 1500 } }, steps: ["steading alice", "userdel alice", "groupadd -f -g 1500 alice", "steading /home/alice"] },
    { name: "no account, with a group of others", want: { ...want, group: "users" }, before: have(), steps: ["steading alice", "userdel alice", "steading /home/alice"] },
    { name: "only the fields that were declared", want: { ...want, shell: "/bin/zsh" }, before: have({}), steps: ["usermod -s /bin/bash alice"] },
    { name: "the groups", want: { ...want, groups: ["sudo"] }, before: have({}), steps: ["usermod -G audio alice"] },
    { name: "the password and its day", want: { ...want, passwordHash: HASH }, before: have({}, "$6$old"), steps: ["chpasswd -e", "chage -d 19000 alice"] },
    { name: "an open account", want: { ...want, locked: true }, before: have({ locked: false }), steps: ["usermod -U alice"] },
    {
      name: "the whole account",
      want: { ...want, state: "absent" },
      before: have({ subuids: ["100000-165535"], subgids: ["100000-165535"] }, "$6$old"),
      steps: ["groupadd -f -g 1000 alice", "useradd -M -K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 -u 1000 -g alice -G audio -c Alice,,, -d /home/alice -s /bin/bash alice", "usermod -v 100000-165535 -w 100000-165535 alice", "chpasswd -e", "chage -d 19000 -m 0 -M 99999 -W 7 -I -1 -E -1 alice"],
    },
  ] as const)("undo brings back $name", ({ want: wanted, before, steps }) => {
    expect(argvs(user.undo(wanted, before) as readonly Step[])).toEqual(steps);
  });

  test("a password travels on stdin only, and is a secret in the difference", () => {
    const secret = { ...want, passwordHash: HASH };
    const steps = user.apply(secret, have({}, "!"));
    expect(JSON.stringify(steps.map((step) => (step.do === "run" ? step.argv : [])))).not.toContain(HASH);
    expect(steps).toContainEqual({ do: "run", argv: ["chpasswd", "-e"], stdin: `alice:${HASH}\n` });
    const difference = user.diff(secret, have({}, "$6$old"));
    expect(difference).toMatchObject([{ field: "passwordHash", secret: true }]);
    expect(JSON.stringify(difference)).not.toMatch(/\$6\$/);
  });

  test("the hash is read only where one is declared", () => {
    expect(user.reads(want).password.subject).toBe("");
    expect(user.reads({ ...want, passwordHash: HASH }).password.subject).toBe("alice");
  });

  test("refuses what makes no sense", () => {
    expect(user.check?.({ ...want, group: "alice", locked: false }).map(({ path }) => path)).toEqual(["group", "locked"]);
    expect(user.check?.({ name: "alice", state: "absent", onRemoval: "remove-home" }).map(({ path }) => path)).toEqual(["onRemoval"]);
  });
});

test.each<[string, Partial<Account & { name: string }>, readonly object[]]>([
  ["a person without a password", {}, [{ name: "alice", want: { name: "alice", uid: 1000, groups: ["audio"], home: "/home/alice", shell: "/bin/bash", comment: "Alice", locked: true } }]],
  ["one with a password, which is only named", { locked: false, groups: [], comment: "" }, [{ name: "alice", want: { name: "alice", uid: 1000, home: "/home/alice", shell: "/bin/bash" } }, { name: "password of alice", why: expect.stringContaining("secret") as unknown }]],
  ["what an item cannot say is not looked at", { group: "users", home: "/home/a b", shell: "", comment: "Alice, Room 1" }, [{ name: "alice", want: { name: "alice", uid: 1000, group: "users", groups: ["audio"], locked: true } }]],
  ["a system's user is only named", { uid: 100 }, [{ name: "alice", why: expect.stringContaining("packages make such users") as unknown }]],
  ["root is not looked at", { uid: 0 }, []],
])("on a host: %s", (_, more, found) => {
  expect(user.survey?.items({ all: { users: [{ ...account, name: "alice", ...more }], groups: [] } })).toEqual(found);
});
