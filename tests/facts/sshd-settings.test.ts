import { sshdSettings } from "#facts/sshd-settings.ts";

const output = `effective
port 22
port 2222
permitrootlogin no
acceptenv LANG
acceptenv LC_*
declared
port 2222
permitrootlogin no
`;

describe("sshd-settings", () => {
  test.each([
    { keyword: "port", state: { effective: ["22", "2222"], declared: ["2222"] } },
    { keyword: "permitrootlogin", state: { effective: ["no"], declared: ["no"] } },
    { keyword: "acceptenv", state: { effective: ["LANG", "LC_*"], declared: [] } },
    { keyword: "chrootdirectory", state: { effective: [], declared: [] } },
  ])("reads $keyword", ({ keyword, state }) => {
    expect(sshdSettings.parse(output, [keyword]).get(keyword)).toEqual(state);
  });

  test("knows nothing where there is no sshd", () => {
    expect(sshdSettings.parse("", ["port"]).get("port")).toBeUndefined();
  });

  test("refuses what it cannot read", () => {
    expect(() => sshdSettings.parse("effective\nport 22\n", ["port"])).toThrow("sshd printed");
  });
});
