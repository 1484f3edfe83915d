import { users } from "#facts/users.ts";

const output = `tools
passwd:alice:x:1000:1000:Alice Liddell,,,:/home/alice:/bin/bash
passwd:backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
passwd:lost:x:1001:4000::/:
group:sudo:x:27:bob,alice
group:backup:x:34:
group:audio:x:29:alice
group:alice:x:1000:
locked:backup
subuid:alice:100000:65536
subuid:bob:165536:65536
subgid:alice:100000:65536
subgid:alice:300000:10
`;

describe("users", () => {
  test.each([
    { name: "alice", account: { uid: 1000, gid: 1000, group: "alice", groups: ["audio", "sudo"], comment: "Alice Liddell,,,", home: "/home/alice", shell: "/bin/bash", locked: false, subuids: ["100000-165535"], subgids: ["100000-165535", "300000-300009"] } },
    { name: "backup", account: { uid: 34, gid: 34, group: "backup", groups: [], comment: "backup", home: "/var/backups", shell: "/usr/sbin/nologin", locked: true } },
    { name: "lost", account: { uid: 1001, gid: 4000, group: "4000", groups: [], comment: "", home: "/", shell: "", locked: false } },
  ])("reads $name", ({ name, account }) => {
    expect(users.parse(output, [name]).get(name)).toEqual({ tools: true, account });
  });

  test("reads that there is no such user", () => {
    expect(users.parse("files\n", ["carol"]).get("carol")).toEqual({ tools: false });
  });
});
