import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TofuEvent } from "#terraform/events.ts";
import { journalIn } from "#terraform/journal.ts";
import { isRunning } from "#host/running.ts";

const directory = mkdtempSync(join(tmpdir(), "steading-journal-"));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });
const file = join(directory, "apply.jsonl");
const journal = journalIn(file);
const made = (address: string, id: string, event: "end" | "fail" = "end"): TofuEvent => ({ event, address, action: "create", id });

test("it says who applies, and what was made until then; nothing else that OpenTofu prints is in it", async () => {
  expect(await journal.read()).toBeUndefined();
  await journal.begin();
  await journal.started(process.pid, join(directory, "output"));
  journal.note(made("a.a", "1"));
  journal.note({ event: "diagnostic", diagnostic: { severity: "error", summary: "hunter22", detail: "", address: "", place: "" } });
  journal.note(made("a.b", "2", "fail"));
  // Cut off by a machine that stopped.
  appendFileSync(file, '{"address": "a.c", "i');
  const left = await journal.read();
  expect([left?.made, await isRunning(left?.run ?? ""), await isRunning(left?.tofu ?? "")]).toEqual([new Map([["a.a", "1"]]), true, true]);
  expect(readFileSync(file, "utf8")).not.toContain("hunter22");
});

test("what OpenTofu printed after its run was killed counts too, until it is settled", async () => {
  writeFileSync(join(directory, "output"), JSON.stringify({ type: "apply_complete", hook: { resource: { addr: "a.d" }, action: "create", id_key: "id", id_value: "4" } }));
  const all = new Map([["a.a", "1"], ["a.d", "4"]]);
  const left = await journal.read();
  expect(left?.made).toEqual(all);
  await journal.leave(left?.made ?? new Map());
  rmSync(join(directory, "output"));
  expect(await journal.read()).toEqual({ run: "", tofu: "", made: all });
  await journal.leave(new Map());
  expect(existsSync(file)).toBe(false);
});
