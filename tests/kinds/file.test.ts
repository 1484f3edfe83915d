import { file } from "#kinds/file.ts";
import { absent, folder, link, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./file.samples.ts";

kindLaws(file, samples);

const want = { path: "/srv/www/robots.txt", content: "Disallow: /\n", mode: "640", group: "www-data" };

describe("file", () => {
  test.each([
    { name: "is not there", have: absent, fields: ["type"] },
    { name: "is a directory", have: folder(), fields: ["type"] },
    { name: "is a link", have: link("/elsewhere"), fields: ["type"] },
    { name: "has another content", have: { ...textFile("Allow: /\n", "0640"), group: "www-data" }, fields: ["content"] },
    { name: "has another mode and group", have: textFile(want.content), fields: ["mode", "group"] },
    { name: "is as wanted", have: { ...textFile(want.content, "0640"), group: "www-data" }, fields: [] },
  ])("differs in $fields when it $name", ({ have, fields }) => {
    expect(file.diff(want, { file: have }).map(({ field }) => field)).toEqual(fields);
  });

  test("shows digests, never the content", () => {
    const shown = JSON.stringify(file.diff(want, { file: textFile("Allow: /\n") }));
    expect(shown).toContain("sha256:");
    expect(shown).not.toContain("Disallow");
  });

  test("takes bytes in base64", () => {
    const bytes = { path: "/etc/key", content: Buffer.from("binary\n").toString("base64"), encoding: "base64" as const };
    expect(file.diff(bytes, { file: textFile("binary\n") })).toEqual([]);
    expect(file.apply(bytes, { file: absent })).toEqual([expect.objectContaining({ do: "write-file", encoding: "base64", mode: "0644" })]);
  });

  test("waits for its directories, its owner and its group", () => {
    expect(file.needs?.(want)).toEqual(["path:/srv", "path:/srv/www", "user:root", "group:www-data"]);
  });

  test("gives back on undo what was there", () => {
    expect(file.undo(want, { file: absent })).toEqual([{ do: "restore", path: "/srv/www/robots.txt" }]);
  });
});
