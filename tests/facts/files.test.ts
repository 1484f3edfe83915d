import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import fc from "fast-check";
import { EMPTY_DIGEST, files, linkChange, textChange } from "#facts/files.ts";
import { absent, folder, link, textFile } from "../support/file-state.ts";

const sum = "a".repeat(64);
const read = (stats: string, sums = "", links = "", owners = "0 root 0 root\n") => files.parse(`${stats}--\n${owners}--\n${sums}--\n${links}`, ["/a"]).get("/a");

describe("files", () => {
  test.each([
    { name: "a file", have: read("81a4 0 0 3 /a\n", `${sum}  /a\n`), type: "file", mode: "0644" },
    { name: "a file that runs as its owner", have: read("89ed 0 0 3 /a\n", `${sum}  /a\n`), type: "file", mode: "4755" },
    { name: "a directory that anyone may write to", have: read("43ff 0 0 40 /a\n"), type: "directory", mode: "1777" },
    { name: "a FIFO", have: read("11a4 0 0 0 /a\n"), type: "other", mode: "0644" },
    { name: "a link", have: read("a1ff 0 0 4 /a\n", "", "/a\0/nowhere\0"), type: "symlink", mode: "0777" },
  ])("reads $name", ({ have, type, mode }) => {
    expect(have).toMatchObject({ type, mode });
  });

  test("takes what stat does not know for absent", () => {
    expect(read("")).toEqual({ type: "absent" });
  });

  test("takes the number of an owner that has no name", () => {
    expect(read("81a4 1234 99 3 /a\n", `${sum}  /a\n`, "", "1234 UNKNOWN 99 UNKNOWN\n")).toMatchObject({ owner: "1234", group: "99" });
  });

  test.each([
    { name: "no sense in stat's line", output: "nonsense\n--\n--\n--\n", message: "nonsense" },
    { name: "a file without a digest", output: "81a4 0 0 3 /a\n--\n--\n--\n", message: "no digest" },
  ])("refuses $name", ({ output, message }) => {
    expect(() => files.parse(output, ["/a"])).toThrow(message);
  });

  test("says differences in one line", () => {
    expect(textChange("file", textFile("x"), "x")).toEqual([]);
    expect(textChange("file", absent, "")).toEqual([{ field: "file", have: undefined, want: `file 0644 root:root sha256:${EMPTY_DIGEST}` }]);
    expect(textChange("file", folder(), "")[0]?.have).toBe("directory 0755 root:root");
    expect(linkChange("link", link("/b"), "/b")).toEqual([]);
    expect(linkChange("link", link("/b"), "/c")[0]).toMatchObject({ have: "symlink to /b", want: "symlink to /c" });
  });
});

describe("the script of files, run here", () => {
  let directory = "";
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), "steading-files-")); });
  afterEach(() => { rmSync(directory, { recursive: true, force: true }); });
  const ask = (shell: readonly string[], subjects: readonly string[]) =>
    files.parse(execaSync(shell[0] ?? "", [...shell.slice(1), "-c", files.script, "sh", ...subjects], { stripFinalNewline: false }).stdout, subjects);

  test.each([["dash", ["/bin/sh"]], ["bash", ["bash", "--posix"]]])("tells everything that can be at a path, in %s", (_, shell) => {
    const at = (name: string) => join(directory, name);
    writeFileSync(at("file"), "x");
    chmodSync(at("file"), 0o640);
    mkdirSync(at("directory"));
    symlinkSync("file", at("link"));
    symlinkSync("gone", at("broken"));
    execaSync("mkfifo", [at("fifo")]);
    const found = ask(shell, ["file", "directory", "link", "broken", "fifo", "none"].map(at));
    expect([...found.values()].map(({ type }) => type)).toEqual(["file", "directory", "symlink", "symlink", "other", "absent"]);
    expect(found.get(at("file"))).toMatchObject({ mode: "0640", digest: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" });
    expect(found.get(at("broken"))).toMatchObject({ target: "gone" });
  });

  test("tells any name without a line end", () => {
    const name = fc.string({ minLength: 1, maxLength: 40, unit: "binary" }).filter((text) => !/[/\0\n\r]/.test(text) && text !== "." && text !== ".." && Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(name, (text) => {
        const path = join(directory, text);
        writeFileSync(path, text);
        const found = ask(["/bin/sh"], [path]).get(path);
        rmSync(path);
        expect(found).toMatchObject({ type: "file", size: Buffer.byteLength(text) });
      }),
      { numRuns: 40 },
    );
  });
});
