import { directory } from "#kinds/directory.ts";
import { absent, folder, link, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./directory.samples.ts";

kindLaws(directory, samples);

const want = { path: "/srv/backups", mode: "700", owner: "backup" };

describe("directory", () => {
  test.each([
    { name: "is not there", have: absent, fields: ["type"] },
    { name: "is a file", have: textFile("x"), fields: ["type"] },
    { name: "is a link", have: link("/elsewhere"), fields: ["type"] },
    { name: "has another mode and owner", have: folder("0755"), fields: ["mode", "owner"] },
    { name: "is as wanted", have: { ...folder("0700"), owner: "backup" }, fields: [] },
  ])("differs in $fields when it $name", ({ have, fields }) => {
    expect(directory.diff(want, { directory: have, missing: [] }).map(({ field }) => field)).toEqual(fields);
  });

  test("makes way when something else is there", () => {
    expect(directory.apply(want, { directory: link("/elsewhere"), missing: [] }).map((step) => step.do)).toEqual(["remove", "make-directory"]);
    expect(directory.apply(want, { directory: absent, missing: [] }).map((step) => step.do)).toEqual(["make-directory"]);
  });

  test("gives back the owner and mode that a directory had", () => {
    expect(directory.undo(want, { directory: folder("1777"), missing: [] })).toEqual([
      expect.objectContaining({ do: "make-directory", path: "/srv/backups", mode: "1777", owner: "root" }),
    ]);
  });

  test("removes on undo what was not there, above it too", () => {
    expect(directory.undo(want, { directory: absent, missing: [] })).toEqual([{ do: "remove", path: "/srv/backups" }]);
    expect(directory.undo({ path: "/srv/a/b" }, { directory: absent, missing: ["/srv/a"] })).toEqual([{ do: "remove", path: "/srv/a/b" }, { do: "remove", path: "/srv/a" }]);
  });

  test("waits for its parents and its owner", () => {
    expect(directory.needs?.(want)).toEqual(["path:/srv", "user:backup", "group:root"]);
  });
});
