import { sshdSetting } from "#kinds/sshd-setting.ts";
import { checkProps } from "#model/check-props.ts";
import { absent, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./sshd-setting.samples.ts";

kindLaws(sshdSetting, samples);

const want = { setting: "PermitRootLogin", value: "prohibit-password" } as const;
const file = textFile("PermitRootLogin prohibit-password\n");

describe("sshd-setting", () => {
  test.each([
    { name: "there is no drop-in", have: { file: absent, sshd: { effective: ["yes"], declared: ["without-password"] } }, fields: ["file"] },
    { name: "the drop-in is not read first", have: { file, sshd: { effective: ["yes"], declared: ["without-password"] } }, fields: ["effective"] },
    { name: "all is right", have: { file, sshd: { effective: ["without-password"], declared: ["without-password"] } }, fields: [] },
    { name: "another value is added to ours", have: { file, sshd: { effective: ["22", "2222"], declared: ["2222"] } }, fields: [] },
    { name: "sshd is not there", have: { file, sshd: undefined }, fields: [] },
  ])("differs in $fields when $name", ({ have, fields }) => {
    expect(sshdSetting.diff(want, have).map(({ field }) => field)).toEqual(fields);
  });

  test.each([
    { name: "an unknown keyword", want: { setting: "PermitRootLogn", value: "no" } },
    { name: "a Match block", want: { setting: "Match", value: "User x" } },
    { name: "a second line", want: { setting: "Banner", value: "none\nPermitRootLogin yes" } },
    { name: "a comment", want: { setting: "Banner", value: "none # really" } },
    { name: "nothing", want: { setting: "Banner", value: "" } },
  ])("refuses $name", ({ want: bad }) => {
    expect(checkProps(sshdSetting.props, bad, "here")).not.toEqual([]);
  });

  test("is checked by sshd before it is put in place, and reloads it once at the end", () => {
    expect(sshdSetting.apply(want, { file: absent, sshd: undefined })).toEqual([
      expect.objectContaining({ do: "write-file", path: "/etc/ssh/sshd_config.d/00-steading-permitrootlogin.conf", content: "PermitRootLogin prohibit-password\n" }),
    ]);
    const have = { file: absent, sshd: undefined };
    expect(sshdSetting.react?.(want, have)).toEqual(sshdSetting.react?.({ setting: "Port", value: "2222" }, have));
  });
});
