import { checkProps } from "#model/check-props.ts";
import { kernelArgument } from "#kinds/kernel-argument.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { absent, folder, textFile } from "../support/file-state.ts";
import { samples } from "./kernel-argument.samples.ts";

kindLaws(kernelArgument, samples);

const want = { argument: "intel_iommu=on" };
const file = textFile('GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX intel_iommu=on"\n');

describe("kernel-argument", () => {
  test.each([
    { name: "all is right", file, state: { active: true, menu: true }, changes: [] },
    { name: "nothing is there", file: absent, state: { active: false, menu: false }, changes: ["file: differs", "menu: differs", "active: waits"] },
    { name: "GRUB's menu is old", file, state: { active: true, menu: false }, changes: ["menu: differs"] },
    { name: "the machine was not restarted", file, state: { active: false, menu: true }, changes: ["active: waits"] },
    { name: "there is no GRUB", file, state: { active: false }, changes: ["active: cannot tell"] },
    { name: "the tree is not booted", file, state: {}, changes: [] },
  ])("says what is to come when $name", ({ file: found, state, changes }) => {
    const seen = kernelArgument.diff(want, { file: found, folder: folder(), state });
    expect(seen.map((one) => `${one.field}: ${"waitsFor" in one ? "waits" : "cannotTell" in one ? "cannot tell" : "differs"}`)).toEqual(changes);
  });

  test("makes the menu anew only where there is one", () => {
    const have = { file, folder: folder(), state: { active: false, menu: false } };
    expect(kernelArgument.react?.(want, have)).toEqual([{ do: "run", argv: ["update-grub"], running: true }]);
    expect(kernelArgument.react?.(want, { ...have, state: { active: false } })).toEqual([]);
  });

  test.each(["a b", 'a="b"', "a=$(reboot)", "a=`x`", "a=\\", ""])("refuses %j, as the file is read by a shell", (argument) => {
    expect(checkProps(kernelArgument.props, { argument }, "here")).not.toEqual([]);
  });
});
