import { sysctlPath, sysctls } from "#facts/sysctls.ts";

describe("sysctls", () => {
  test.each([
    ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
    ["net.ipv4.conf.eth0/5.forwarding", "net/ipv4/conf/eth0.5/forwarding"],
  ])("%s is at %s", (key, path) => {
    expect(sysctlPath(key)).toBe(path);
  });

  test.each([
    { name: "one value", output: "net/a:1\n", value: { value: "1" } },
    { name: "tabs", output: "net/a:4096\t131072\t6291456\n", value: { value: "4096 131072 6291456" } },
    { name: "a colon in the value", output: "net/a:|/usr/bin/x:y %p\n", value: { value: "|/usr/bin/x:y %p" } },
    { name: "several lines", output: "net/a:1\nnet/a:2\n", value: { value: "1\n2" } },
    { name: "an empty value", output: "net/a:\n", value: { value: "" } },
    { name: "a parameter that belongs to the host", output: "!net/a\nnet/a:1\n", value: { value: "1", readOnly: true } },
    { name: "no such parameter", output: "", value: {} },
    { name: "an unbooted tree", output: "unbooted\n", value: undefined },
  ])("reads $name", ({ output, value }) => {
    expect(sysctls.parse(output, ["net/a"]).get("net/a")).toEqual(value);
  });

  test("refuses what it does not know", () => {
    expect(() => sysctls.parse("grep: something\nbroken\n", ["net/a"])).toThrow("broken");
  });
});
