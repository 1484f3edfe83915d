import { texts } from "#facts/texts.ts";

describe("texts", () => {
  test.each([
    { name: "a file", output: "/a\0one\ntwo\n\0", text: "one\ntwo\n" },
    { name: "an empty file", output: "/a\0\0", text: "" },
    { name: "a file without a newline at its end, after another", output: "/b\0x\0/a\0one\0", text: "one" },
    { name: "no file", output: "", text: undefined },
  ])("reads $name", ({ output, text }) => {
    expect(texts.parse(output, ["/a", "/b"]).get("/a")).toBe(text);
  });

  test("refuses a file with NUL bytes", () => {
    expect(() => texts.parse("/a\0x\0y\0", ["/a"])).toThrow("NUL");
  });
});
