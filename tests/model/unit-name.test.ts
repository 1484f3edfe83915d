import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { unitOfPath } from "#model/unit-name.ts";
import { skipUnless } from "../support/skip.ts";

test.each([
  ["/", "-.mount"],
  ["/srv", "srv.mount"],
  ["/srv/my-data", "srv-my\\x2ddata.mount"],
  ["/.hidden/x", "\\x2ehidden-x.mount"],
  ["/a b/ü", "a\\x20b-\\xc3\\xbc.mount"],
])("%s is %s", (path, unit) => {
  expect(unitOfPath(path, "mount")).toBe(unit);
});

skipUnless(existsSync("/usr/bin/systemd-escape"), "systemd-escape is not here")("names any path as systemd-escape(1) does", () => {
  const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((text) => !/^\.{1,2}$/.test(text) && !/[/\p{Cc}\p{Cs}]/u.test(text));
  const paths = fc.sample(fc.array(part, { minLength: 1, maxLength: 4 }), { numRuns: 300, seed: 7 }).map((parts) => `/${parts.join("/")}`);
  const escaped = execFileSync("systemd-escape", ["--path", "--suffix=mount", "--", ...paths], { encoding: "utf8" }).trimEnd().split(" ");
  expect(paths.map((path) => unitOfPath(path, "mount"))).toEqual(escaped);
});
