import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { findingLines } from "#cli/doctor.ts";
import schema from "#cli/output.schema.json" with { type: "json" };
import { findCommand } from "#cli/packages.ts";
import { paintFor } from "#cli/paint.ts";
import { document, steading } from "../support/cli.ts";

const fits = new Ajv({ strict: false }).compile(schema);
const empty = mkdtempSync(join(tmpdir(), "steading-path-"));
afterAll(() => {
  rmSync(empty, { recursive: true });
});

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly fix?: string;
}

const findings = (output: { readonly [key: string]: unknown }): readonly Finding[] => output["findings"] as readonly Finding[];

test("a machine without ssh is told so, with the line that mends it and exit status 1", async () => {
  const result = await steading(["doctor", "--json"], { env: { PATH: empty } });
  const output = document(result);
  expect(fits(output) ? [] : fits.errors).toEqual([]);
  expect(result.exitCode).toBe(1);
  const ssh = findings(output).find(({ check }) => check.startsWith("openssh-client"));
  expect(ssh).toMatchObject({ status: "fail", fix: "apt-get install --yes openssh-client" });
  expect(findings(output).find(({ check }) => check.startsWith("tofu"))).toMatchObject({ status: expect.stringMatching(/^(warn|pass)$/) as string });
  expect(findings(output).filter(({ status, fix }) => status !== "pass" && fix === undefined)).toEqual([]);
});

test("a machine with ssh is fit, whatever a lab machine lacks", async () => {
  const ssh = findCommand("ssh", process.env);
  if (ssh !== undefined) symlinkSync(ssh, join(empty, "ssh"));
  const result = await steading(["doctor"], { env: { PATH: empty } });
  expect(result.exitCode).toBe(ssh === undefined ? 1 : 0);
  expect(result.stdout).toMatch(/^warn {2}mmdebstrap: .*\n {6}apt-get install --yes mmdebstrap$/m);
});

test("findings are lines, the fix below, the count at the end", () => {
  const lines = findingLines([{ check: "ssh", status: "fail", found: "not installed", fix: "install it" }, { check: "root", status: "pass", found: "root" }], paintFor({}, {}));
  expect(lines).toEqual(["FAIL  ssh  not installed", "      install it", "pass  root  root", "", "1 pass, 0 warn, 1 fail"]);
});
