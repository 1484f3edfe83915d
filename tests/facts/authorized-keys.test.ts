import { authorizedKeys, keySubject } from "#facts/authorized-keys.ts";

const alice = keySubject("alice", "AAAAkey");
const safe = "user\talice\nentry\thome\t755 alice\nentry\tfolder\t700 alice\nentry\tfile\t600 alice\n";
const there = { file: true, folder: true, exposed: false };

describe("authorized keys", () => {
  test.each([
    { name: "a key", output: `${safe}line\t3:ssh-ed25519 AAAAkey alice@laptop\n`, state: { ...there, at: 3, line: "ssh-ed25519 AAAAkey alice@laptop" } },
    { name: "a key with options", output: `${safe}line\t1:command="x y",restrict ssh-rsa AAAAkey\n`, state: { ...there, at: 1, line: 'command="x y",restrict ssh-rsa AAAAkey' } },
    { name: "a key in a comment", output: `${safe}line\t1:#ssh-ed25519 AAAAkey\n`, state: there },
    { name: "a longer key that starts the same", output: `${safe}line\t2:ssh-ed25519 AAAAkeyAndMore\n`, state: there },
    { name: "another user's key", output: `user\tbob\nline\t1:ssh-ed25519 AAAAkey\n${safe}`, state: there },
    { name: "no file", output: "user\talice\nentry\thome\t755 alice\n", state: { file: false, folder: false, exposed: false } },
    { name: "no user", output: "", state: { file: false, folder: false, exposed: false } },
    { name: "a folder that all may write", output: "user\talice\nentry\tfolder\t777 alice\n", state: { file: false, folder: true, exposed: true, modes: { folder: "777" } } },
    { name: "a folder of someone else", output: "user\talice\nentry\tfolder\t700 bob\n", state: { file: false, folder: true, exposed: true } },
    { name: "a folder of root", output: "user\talice\nentry\tfolder\t755 root\n", state: { file: false, folder: true, exposed: false } },
  ])("reads $name", ({ output, state }) => {
    expect(authorizedKeys.parse(output, [alice]).get(alice)).toEqual(state);
  });
});
