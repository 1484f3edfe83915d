import { accounts, isOrdinary } from "#facts/accounts.ts";

const output = `passwd:root:x:0:0:root:/root:/bin/bash
passwd:alice:x:1000:1000:Alice Liddell,,,:/home/alice:/bin/bash
passwd:lost:x:1001:4000::/:
group:root:x:0:
group:sudo:x:27:bob,alice
group:alice:x:1000:
group:audio:x:29:alice
locked:root
`;

describe("accounts", () => {
  const { users, groups } = accounts.parse(output, ["all"]).get("all") ?? { users: [], groups: [] };

  test.each([
    { name: "root", uid: 0, gid: 0, group: "root", groups: [], comment: "root", home: "/root", shell: "/bin/bash", locked: true },
    { name: "alice", uid: 1000, gid: 1000, group: "alice", groups: ["audio", "sudo"], comment: "Alice Liddell,,,", home: "/home/alice", shell: "/bin/bash", locked: false },
    { name: "lost", uid: 1001, gid: 4000, group: "4000", groups: [], comment: "", home: "/", shell: "", locked: false },
  ])("reads the user $name", (user) => {
    expect(users).toContainEqual(user);
  });

  test("reads all groups, and nothing else", () => {
    expect(groups).toEqual([{ name: "root", gid: 0 }, { name: "sudo", gid: 27 }, { name: "alice", gid: 1000 }, { name: "audio", gid: 29 }]);
    expect(users).toHaveLength(3);
  });

  test.each([[0, false], [999, false], [1000, true], [59_999, true], [65_534, false]])("the number %d is a person's: %s", (id, is) => {
    expect(isOrdinary(id)).toBe(is);
  });
});
