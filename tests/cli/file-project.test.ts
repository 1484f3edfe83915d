import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileProject } from "#cli/file-project.ts";

let home = "";
beforeEach(() => { home = mkdtempSync(join(tmpdir(), "steading-file-")); });
afterEach(() => { rmSync(home, { recursive: true }); });

const at = (path: string): string => join(home, path);
const put = (path: string, text = ""): void => { writeFileSync(at(path), text); };
const open = (file: string, command = "up", env: NodeJS.ProcessEnv = {}) => fileProject(file, home, env, command);

test("the project of a file is made beside it, and as it was the next time", async () => {
  put("desk.yaml");
  const made = await open("desk.yaml");
  expect(made).toEqual({ directory: at(".steading/desk"), stack: "desk", passphrase: home });
  const passphrase = readFileSync(at(".steading/passphrase"), "utf8");
  expect(await open("desk.yaml")).toEqual(made);
  expect(readFileSync(at(".steading/passphrase"), "utf8")).toBe(passphrase);
});

test.each([
  ["desk.txt", "is not the name of a machine's file"],
  ["state.yaml", "state is a name that Steading needs for itself"],
  ["passphrase.yml", "passphrase is a name that Steading needs for itself"],
  ["none.yaml", "there is no such file"],
  ["below/desk.yaml", "there is no such file"],
  ["folder.yaml", "is a directory"],
])("%s is refused", async (file, said) => {
  mkdirSync(at("folder.yaml"));
  for (const name of ["desk.txt", "state.yaml", "passphrase.yml", "below"]) put(name);
  await expect(open(file)).rejects.toThrow(said);
  expect(existsSync(at(".steading"))).toBe(false);
});

test("of web.yml and web.yaml the one that the stack was made from has it, as long as it is there", async () => {
  put("web.yml");
  put("web.yaml");
  await open("web.yml");
  await expect(open("web.yaml")).rejects.toThrow("web.yml beside it has the same name");
  await open("web.yml");
  rmSync(at("web.yml"));
  await open("web.yaml");
});

test("what a file left can be destroyed without the file, and nothing else be done", async () => {
  put("desk.yaml");
  const made = await open("desk.yaml");
  renameSync(at("desk.yaml"), at("table.yaml"));
  expect(await open("desk.yaml", "destroy")).toEqual(made);
  await expect(open("desk.yaml", "preview")).rejects.toThrow("the file is gone, its stack is not (put the file back; or `steading destroy desk.yaml`");
});

test("a passphrase that is gone is said to be, and none is made in its place", async () => {
  put("desk.yaml");
  put("web.yaml");
  await open("desk.yaml");
  put(".steading/desk/Pulumi.desk.yaml", "encryptionsalt: v1:x:v1:y:z\n");
  rmSync(at(".steading/passphrase"));
  for (const file of ["desk.yaml", "web.yaml"]) await expect(open(file)).rejects.toThrow(/passphrase: is gone; the stack of .*Pulumi\.desk\.yaml was encrypted with it/);
  await expect(open("desk.yaml", "destroy")).rejects.toThrow("is gone");
  expect(existsSync(at(".steading/passphrase"))).toBe(false);
  await open("desk.yaml", "up", { PULUMI_CONFIG_PASSPHRASE: "mine" });
});

test("a place that cannot be written is said to be", async () => {
  put("desk.yaml");
  put(".steading");
  await expect(open("desk.yaml")).rejects.toThrow(/\.steading: cannot be written: /);
});
