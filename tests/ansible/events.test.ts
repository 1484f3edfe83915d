import { parseEvent } from "#ansible/events.ts";

const line = (fields: object): string => JSON.stringify(fields);

test.each([
  ["a task that begins", line({ steading: "task", id: "1", name: "app : motd", at: "/r/main.yml:3", handler: false }), { event: "task", id: "1", name: "app : motd", at: "/r/main.yml:3" }],
  ["a task that ends", line({ steading: "end", id: "1", host: "h", status: "changed", message: "", diff: [{ before: "", after: "x\n" }] }), { event: "end", id: "1", host: "h", status: "changed", message: "", diff: [{ before: "", after: "x\n" }] }],
  ["a task that check mode skips", line({ steading: "end", id: "1", host: "h", status: "skipped", message: "m", diff: [], cannotTell: "why" }), { event: "end", id: "1", host: "h", status: "skipped", message: "m", diff: [], cannotTell: "why" }],
  ["a handler", line({ steading: "handler", name: "restart", by: "config" }), { event: "handler", name: "restart", by: "config" }],
  ["variables that lead elsewhere", line({ steading: "refused", differs: [{ name: "ansible_user", have: "me", want: "root" }, { name: "ansible_port", have: "22" }] }), { event: "refused", differs: [{ name: "ansible_user", have: "me", want: "root" }, { name: "ansible_port", have: "22" }] }],
  ["plays without hosts", line({ steading: "no-hosts" }), { event: "no-hosts" }],
])("%s is an event", (_, text, event) => {
  expect(parseEvent(text)).toEqual(event);
});

test.each([
  ["a warning of Ansible", "[WARNING]: something"],
  ["a line that is cut off", '{"steading": "task", "na'],
  ["an event of another version", '{"steading": "later"}'],
  ["a status that there is not", '{"steading": "end", "status": "fine"}'],
])("%s is none", (_, text) => {
  expect(parseEvent(text)).toBeUndefined();
});
