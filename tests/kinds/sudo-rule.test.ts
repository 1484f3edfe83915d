import { sudoRule } from "#kinds/sudo-rule.ts";
import type { SudoRuleProps } from "#kinds/sudo-rule.ts";
import { checkProps } from "#model/check-props.ts";
import { absent, textFile } from "../support/file-state.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./sudo-rule.samples.ts";

kindLaws(sudoRule, samples);

const want: SudoRuleProps = { name: "web", user: "alice", commands: ["/usr/bin/systemctl restart nginx.service"] };
const textOf = (wanted: SudoRuleProps) => {
  const [step] = sudoRule.apply(wanted, { file: absent });
  return step?.do === "write-file" ? step.content : "";
};

describe("sudo-rule", () => {
  test.each([
    { wanted: want, text: "alice ALL=(root) /usr/bin/systemctl restart nginx.service\n" },
    { wanted: { ...want, noPassword: true, runAs: "www-data" }, text: "alice ALL=(www-data) NOPASSWD: /usr/bin/systemctl restart nginx.service\n" },
    { wanted: { name: "all", group: "wheel", commands: ["ALL"], runAs: "ALL" }, text: "%wheel ALL=(ALL) ALL\n" },
    { wanted: { ...want, commands: ["/bin/a b,c:d=e", "/bin/f"] }, text: "alice ALL=(root) /bin/a b\\,c\\:d\\=e, /bin/f\n" },
  ])("writes $text", ({ wanted, text }) => {
    expect(textOf(wanted)).toBe(text);
  });

  test("sees a rule that others may read", () => {
    expect(sudoRule.diff(want, { file: textFile(textOf(want), "0440") })).toEqual([]);
    expect(sudoRule.diff(want, { file: textFile(textOf(want), "0644") })).toHaveLength(1);
  });

  test("is checked by visudo", () => {
    expect(sudoRule.apply(want, { file: absent })).toMatchObject([{ mode: "0440", prove: ["visudo", "-cf", "{}"] }]);
  });

  test.each([{ name: "a.b" }, { name: "web~" }, { commands: [] }, { commands: ["systemctl"] }, { commands: ["/bin/a\n%evil ALL=ALL"] }, { runAs: "root) NOPASSWD: ALL #" }])("refuses %o", (wrong) => {
    expect(checkProps(sudoRule.props, { name: "web", user: "alice", commands: ["ALL"], ...wrong }, "here")).toHaveLength(1);
  });

  test.each([{ name: "web", commands: ["ALL"] }, { ...want, group: "wheel" }])("refuses neither or both of user and group: %o", (wanted) => {
    expect(sudoRule.check?.(wanted)).toHaveLength(1);
  });
});
