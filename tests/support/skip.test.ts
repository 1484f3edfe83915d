import { reasonOf, unexpected } from "./reporter.ts";
import { describeUnless, skipUnless, SKIPPED } from "./skip.ts";

describe("a test that cannot run", () => {
  test("says its reason in its title, also behind each and inside describe", () => {
    expect(reasonOf(`a file${SKIPPED}no pulumi (the CLI) on PATH] and more`)).toBe("no pulumi (the CLI) on PATH");
    expect(reasonOf(`a file${SKIPPED}not root]`)).toBe("not root");
  });

  test("without a reason is found out", () => {
    expect(reasonOf("a file")).toBe("no reason given");
  });

  test("is an ordinary test where it can run", () => {
    expect(skipUnless(true, "never")).toBe(test);
    expect(describeUnless(true, "never")).toBe(describe);
  });

  test("fails the run when it is not on the list, or more often than allowed", () => {
    expect(unexpected({ "not root": 2, "no KVM": 1 }, { "not root": 2, "no KVM": 1, "no TUN": 4 })).toEqual([]);
    expect(unexpected({ "not root": 3 }, { "not root": 2 })).toEqual(["3 skipped, at most 2 allowed by tests/skips.json: not root"]);
    expect(unexpected({ "not root": 1 }, {})).toHaveLength(1);
  });
});
