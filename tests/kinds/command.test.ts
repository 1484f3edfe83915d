import { checkProps } from "#model/check-props.ts";
import { command } from "#kinds/command.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./command.samples.ts";

kindLaws(command, samples);

const want = { probe: ["test", "-e", "/x"], apply: ["touch", "/x"], undo: ["rm", "/x"] };

describe("command", () => {
  test.each([
    { name: "the probe succeeds", want, probe: { exitCode: 0 }, differs: false },
    { name: "the probe fails", want, probe: { exitCode: 1 }, differs: true },
    { name: "there is no such command", want, probe: { exitCode: 127 }, differs: true },
    { name: "it needs a running system and there is none", want, probe: undefined, differs: false },
    { name: "it prints what is expected", want: { ...want, expect: "on\n" }, probe: { exitCode: 3, stdout: "on" }, differs: false },
    { name: "it prints something else", want: { ...want, expect: "on" }, probe: { exitCode: 0, stdout: "off\n" }, differs: true },
  ])("differs: $differs when $name", ({ want: wanted, probe, differs }) => {
    expect(command.diff(wanted, { probe }).length > 0).toBe(differs);
  });

  test("takes back only what it did", () => {
    expect(command.undo(want, { probe: { exitCode: 0 } })).toEqual([]);
    expect(command.undo(want, { probe: { exitCode: 1 } })).toMatchObject([{ do: "run", argv: ["sh", "-c", expect.anything(), "undo", "2", "rm", "/x", "exit", "", ...want.probe] }]);
    expect(command.undo({ ...want, expect: "on\n" }, { probe: { exitCode: 1 } })).toMatchObject([{ argv: expect.arrayContaining(["output", "on"]) as string[] }]);
    expect(command.undo({ ...want, undo: { impossible: "because" } }, { probe: { exitCode: 1 } })).toEqual({ impossible: "because" });
  });

  test("keeps a secret out of the words", () => {
    expect(command.apply({ ...want, stdin: "hunter22" }, { probe: undefined })).toEqual([{ do: "run", argv: ["touch", "/x"], stdin: "hunter22" }]);
    expect(command.props.schemas["stdin"]?.secret).toBe(true);
  });

  test.each([
    { name: "a bare script", bad: { ...want, apply: "touch /x" } },
    { name: "no undo", bad: { probe: want.probe, apply: want.apply } },
    { name: "an undo without a reason", bad: { ...want, undo: { impossible: "" } } },
    { name: "no words", bad: { ...want, probe: [] } },
  ])("refuses $name", ({ bad }) => {
    expect(checkProps(command.props, bad, "here")).not.toEqual([]);
  });
});
