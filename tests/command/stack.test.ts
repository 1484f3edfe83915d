import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testProject } from "../support/project.ts";

const url = new URL("program.ts", import.meta.url);
const directory = mkdtempSync(join(tmpdir(), "steading-command-"));
const file = join(directory, "log");
afterAll(() => { rmSync(directory, { recursive: true }); });

const log = (): readonly string[] => readFileSync(file, "utf8").trim().split("\n");

test("a stack of commands: made, left alone, updated, made anew by a trigger, taken away", async () => {
  const project = testProject(url, { word: "one", trigger: "1", file });
  const up = async (...set: readonly string[]) => {
    const { exitCode, output } = await project.json("up", ...set.flatMap((pair) => ["--config", `test:${pair}`]));
    expect([exitCode, output.errors ?? []]).toEqual([0, []]);
    return output;
  };
  try {
    expect((await project.run("preview")).exitCode).toBe(2);
    expect((await up()).outputs).toEqual({ said: "made one", now: "now" });
    expect(log()).toEqual(["one"]);
    expect((await project.run("preview")).exitCode).toBe(0);
    await up();
    expect(log()).toEqual(["one"]);
    expect((await up("word=two")).outputs).toMatchObject({ said: "made two" });
    expect(log()).toEqual(["one", "two"]);
    await up("word=two", "trigger=2");
    expect(log()).toEqual(["one", "two", "two", "gone two"]);
    const state = JSON.parse(project.state()) as { checkpoint: { latest: { resources: readonly { urn: string; id?: string; type: string; inputs?: unknown }[] } } };
    const found = state.checkpoint.latest.resources;
    expect(found.find(({ type }) => type === "pulumi:providers:command")).toMatchObject({ urn: expect.stringMatching(/::default_1_2_1$/) as unknown, inputs: { version: "1.2.1" } });
    expect(found.find(({ urn }) => urn.endsWith("::greet"))?.id).toMatch(/^greet[0-9a-f]{8}$/);
    expect((await project.run("destroy")).exitCode).toBe(0);
    expect(log().at(-1)).toBe("gone two");
  } finally {
    project.remove();
  }
}, 120_000);
