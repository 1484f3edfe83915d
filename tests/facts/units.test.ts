import { execaSync } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unitProof, units } from "#facts/units.ts";
import { describeUnless } from "../support/skip.ts";

/** As systemctl 252 and 257 print it. */
const block = (active: string, sub: string, startup: string, stale = "no") => `ActiveState=${active}\nSubState=${sub}\nUnitFileState=${startup}\nNeedDaemonReload=${stale}\n`;

describe("units", () => {
  test.each([
    { name: "a service that runs", output: block("active", "running", "enabled"), state: { startup: "enabled", active: "active", stale: false } },
    { name: "no such unit", output: block("inactive", "dead", ""), state: { startup: "", active: "inactive", stale: false } },
    { name: "a service that fails again and again", output: block("activating", "auto-restart", "enabled"), state: { startup: "enabled", active: "failed", stale: false } },
    { name: "a service whose file changed", output: block("active", "running", "static", "yes"), state: { startup: "static", active: "active", stale: true } },
  ])("reads $name", ({ output, state }) => {
    expect(units.parse(`booted\n${output}`, ["x.service"]).get("x.service")).toEqual(state);
  });

  test("reads many units in the order in which they were asked, and leaves templates out", () => {
    const output = `booted\n${block("active", "running", "enabled")}\n${block("inactive", "dead", "masked")}`;
    const found = units.parse(output, ["a.service", "getty@.service", "b.service"]);
    expect([...found].map(([name, { startup }]) => [name, startup])).toEqual([["a.service", "enabled"], ["getty@.service", ""], ["b.service", "masked"]]);
  });

  test.each([
    { output: "unbooted\nx.service enabled\n", state: { startup: "enabled" } },
    { output: "unbooted\nx.service \n", state: { startup: "" } },
    { output: "unbooted\nx.service not-found\n", state: { startup: "" } },
    { output: "", state: { startup: "" } },
  ])("says nothing of what runs on an unbooted tree: $output", ({ output, state }) => {
    expect(units.parse(output, ["x.service"]).get("x.service")).toEqual(state);
  });

  test("refuses an answer that is too short", () => {
    expect(() => units.parse(`booted\n${block("active", "running", "enabled")}`, ["a.service", "b.service"])).toThrow("1 of 2 units");
  });
});

const hasAnalyze = execaSync("systemd-analyze", ["--version"], { reject: false }).exitCode === 0;

describeUnless(hasAnalyze, "no systemd-analyze here")("the proof of a unit file", () => {
  let folder: string;
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), "steading-unit-")); });
  afterAll(() => { rmSync(folder, { recursive: true }); });

  const prove = (unit: string, text: string, isDropIn = false) => {
    const staged = join(folder, "staged");
    writeFileSync(staged, text);
    const [command = "", ...words] = unitProof(unit, isDropIn).map((word) => (word === "{}" ? staged : word));
    const { exitCode, stdout } = execaSync(command, words, { reject: false });
    return exitCode === 0 ? "fine" : stdout;
  };

  test.each([
    { name: "a program that is not there yet", unit: "a.service", text: "[Service]\nExecStart=/usr/bin/nonesuch\n" },
    { name: "a unit that is not there yet", unit: "a.timer", text: "[Timer]\nOnCalendar=daily\nUnit=nonesuch.service\n" },
    { name: "a needed unit that is not there yet", unit: "a.service", text: "[Unit]\nRequires=nonesuch.service\n[Service]\nExecStart=/bin/true\n" },
    { name: "a template", unit: "a@.service", text: "[Service]\nExecStart=/bin/echo %i\n" },
    { name: "a user that is not there yet", unit: "a.service", text: "[Service]\nUser=nonesuch\nExecStart=/bin/true\n" },
    { name: "a drop-in without a command", unit: "a.service", text: "[Service]\nMemoryMax=1G\n", isDropIn: true },
  ])("lets $name pass", ({ unit, text, isDropIn }) => {
    expect(prove(unit, text, isDropIn)).toBe("fine");
  });

  test.each([
    { name: "an unknown key", unit: "a.service", text: "[Service]\nExecStart=/bin/true\nExecStrat=x\n", said: "a.service:3: Unknown key" },
    { name: "an unknown section", unit: "a.service", text: "[Service]\nExecStart=/bin/true\n[Foo]\nx=1\n", said: "a.service:3: Unknown section" },
    { name: "a time that is none", unit: "a.timer", text: "[Timer]\nOnCalendar=never\n", said: "a.timer:2: Failed to parse calendar" },
    { name: "a service without a command", unit: "a.service", text: "[Service]\nMemoryMax=1G\n", said: "no ExecStart" },
    { name: "an unknown key in a template", unit: "a@.service", text: "[Service]\nExecStart=/bin/true\nFoo=x\n", said: "a@.service:3: Unknown key" },
    { name: "an unknown key in a drop-in", unit: "a.service", text: "[Service]\nFoo=x\n", isDropIn: true, said: "a.service:2: Unknown key" },
  ])("refuses $name", ({ unit, text, isDropIn, said }) => {
    expect(prove(unit, text, isDropIn)).toContain(said);
  });
});
