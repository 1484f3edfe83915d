import { kernelModules } from "#facts/kernel-modules.ts";

describe("kernel-modules", () => {
  test.each([
    { name: "loaded", output: "loop\nvfio_pci\n", loaded: true },
    { name: "not loaded", output: "loop\n", loaded: false },
    { name: "one whose name begins like a loaded one", output: "vfio_pci_core\n", loaded: false },
    { name: "on an unbooted tree", output: "unbooted\n", loaded: undefined },
  ])("reads a module that is $name", ({ output, loaded }) => {
    expect(kernelModules.parse(output, ["vfio_pci"]).get("vfio_pci")).toBe(loaded);
  });
});
