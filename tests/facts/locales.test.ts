import { locales } from "#facts/locales.ts";

const output = "C\nC.utf8\nPOSIX\nde_DE.iso885915@euro\nen_GB.utf8\n";

describe("locales", () => {
  test.each([
    ["en_GB.UTF-8", true],
    ["en_GB.utf8", true],
    ["C.UTF-8", true],
    ["de_DE.ISO-8859-15@euro", true],
    ["de_DE.UTF-8", false],
    ["en_GB", false],
  ])("knows %s: %s", (locale, known) => {
    expect(locales.parse(output, [locale]).get(locale)).toBe(known);
  });

  test("knows none where there is no locale(1)", () => {
    expect(locales.parse("", ["C.UTF-8"]).get("C.UTF-8")).toBe(false);
  });
});
