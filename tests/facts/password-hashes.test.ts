import { passwordHashes } from "#facts/password-hashes.ts";

describe("password hashes", () => {
  test.each([
    { name: "a hash", output: "alice:$6$salt$hash:19000:0:99999:7:::\n", state: { hash: "$6$salt$hash", changed: "19000", ageing: ["0", "99999", "7", "", ""] } },
    { name: "a locked account", output: "alice:!:19000:::::20000:\n", state: { hash: "!", changed: "19000", ageing: ["", "", "", "", "20000"] } },
    { name: "no password at all", output: "alice::::::::\n", state: { hash: "", changed: "", ageing: ["", "", "", "", ""] } },
    { name: "no account", output: "", state: undefined },
  ])("reads $name", ({ output, state }) => {
    expect(passwordHashes.parse(output, ["alice"]).get("alice")).toEqual(state);
  });

  test("asks nothing when nothing is declared", () => {
    expect(passwordHashes.parse("", [""]).get("")).toBeUndefined();
  });
});
