import { kernelArguments } from "#facts/kernel-arguments.ts";

const running = "running BOOT_IMAGE=/boot/vmlinuz root=UUID=1 ro quiet\n";
const menu = "menu\n\tlinux\t/boot/vmlinuz root=UUID=1 ro intel_iommu=on  quiet\n\tlinux\t/boot/vmlinuz root=UUID=1 ro single intel_iommu=on\n";

describe("kernel-arguments", () => {
  test.each([
    { argument: "quiet", output: running, state: { active: true } },
    { argument: "quie", output: running, state: { active: false } },
    { argument: "intel_iommu=on", output: running + menu, state: { active: false, menu: true } },
    { argument: "splash", output: running + menu, state: { active: false, menu: false } },
    { argument: "splash", output: `${running}menu\n`, state: { active: false, menu: false } },
    { argument: "quiet", output: "", state: {} },
  ])("reads $argument as $state", ({ argument, output, state }) => {
    expect(kernelArguments.parse(output, [argument]).get(argument)).toEqual(state);
  });
});
