import { labVm as cloud } from "#clouds/lab-vm.ts";
import { quietly } from "../support/lab.ts";

describe("a name that cannot name a virtual machine", () => {
  test.each(["", "-x", "Box", "../x"])("%j is refused before anything is touched", (name) => {
    expect(() => cloud.create(name, { release: 12 }, quietly)).toThrow(/cannot name a lab machine/);
  });
});
