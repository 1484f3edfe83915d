import { waysTo } from "#host/ways.ts";
import type { Connection } from "#model/connection.ts";

const to: Connection = { via: "ssh", address: "desk.home", port: 2222 };

test.each<{ name: string; to?: Connection; last?: Connection; ways: number }>([
  { name: "nothing else is known", ways: 1 },
  { name: "another port was used before", last: { via: "ssh", address: "desk.home" }, ways: 2 },
  { name: "another user was used before", last: { via: "ssh", address: "desk.home", port: 2222, user: "root" }, ways: 2 },
  { name: "another address was used before: it may be another machine", last: { via: "ssh", address: "office.home" }, ways: 1 },
  { name: "it was this machine before", last: { via: "local" }, ways: 1 },
  { name: "it was another tree before", to: { via: "tree", root: "/mnt/a" }, last: { via: "tree", root: "/mnt/b" }, ways: 1 },
  { name: "it says that it had another address", to: { ...to, formerly: { address: "office.home" } }, ways: 2 },
])("a host is reached in $ways way(s) where $name", async ({ to: declared = to, last, ways }) => {
  const found = waysTo(declared, last);
  expect(found.all).toHaveLength(ways);
  await found.close();
});
