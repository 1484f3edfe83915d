import { passwordHashes } from "#facts/password-hashes.ts";

describe("password hashes", () => {
  test.each([
    { name: "a hash", output: "alice:$6$salt$hash:19000\n", state: { hash: "$6$salt$hash", changed: "19000" } },
    { name: "a locked account", output: "alice:!:19000\n", state: { hash: "!", changed: "19000" } },
    { name: "no password at all", output: "alice::\n", state: { hash: "", changed: "" } },
    { name: "no account", output: "", state: undefined },
  ])("reads $name", ({ output, state }) => {
    expect(passwordHashes.parse(output, ["alice"]).get("alice")).toEqual(state);
  });

  test("asks nothing when nothing is declared", () => {
    expect(passwordHashes.parse("", [""]).get("")).toBeUndefined();
  });
});
