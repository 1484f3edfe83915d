import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Document, isMap, isScalar, YAMLMap } from "yaml";
import type { Pair } from "yaml";
import { Issues } from "#model/issue.ts";
import { AmbiguousValue, readConfigValue } from "#engine/config-value.ts";
import type { ConfigValue } from "#engine/config-value.ts";
import { unlessMissing, writeDurably } from "#engine/durable-write.ts";
import type { Crypter } from "#engine/passphrase.ts";
import { fullKey } from "#engine/project.ts";
import type { Project } from "#engine/project.ts";
import { parseYaml } from "#engine/yaml-file.ts";

/** Where a stack's configuration is. */
export const stackConfigFile = (project: Pick<Project, "configDirectory">, stack: string): string => join(project.configDirectory, `Pulumi.${stack}.yaml`);

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/** Pulumi.<stack>.yaml: the stack's salt and values. Comments and keys that are not known stay when it is written. */
export class StackConfig {
  readonly file: string;
  readonly #project: string;
  readonly #document: Document;

  /** @param text - undefined when there is no file yet */
  constructor(file: string, text: string | undefined, project: string) {
    this.file = file;
    this.#project = project;
    this.#document = text === undefined ? new Document({}) : parseYaml(text, file);
    this.#document.contents ??= new YAMLMap();
    this.#refuseUnsupported();
  }

  /** Reads the file; an empty one when there is none. */
  static async load(file: string, project: string): Promise<StackConfig> {
    return new StackConfig(file, await unlessMissing(readFile(file, "utf8")), project);
  }

  #refuseUnsupported(): void {
    const provider = this.#document.get("secretsprovider");
    if (typeof provider === "string" && provider !== "passphrase" && provider !== "default")
      refuse("config.unsupported", this.file, `secrets are encrypted by ${provider}`, "use the Pulumi CLI for this stack");
    if (this.#document.has("encryptedkey")) refuse("config.unsupported", this.file, "secrets are encrypted under encryptedkey", "use the Pulumi CLI for this stack");
    if (this.#document.has("environment")) refuse("config.unsupported", this.file, "environment (Pulumi ESC) is not known", "use the Pulumi CLI for this stack");
  }

  /** `encryptionsalt`; undefined where there is none. */
  get salt(): string | undefined {
    const salt = this.#document.get("encryptionsalt");
    return typeof salt === "string" ? salt : undefined;
  }

  /** Sets `encryptionsalt`, as the first line. */
  setSalt(salt: string): void {
    const { contents } = this.#document;
    if (this.#document.has("encryptionsalt") || !isMap(contents)) this.#document.set("encryptionsalt", salt);
    else contents.items.unshift(this.#document.createPair("encryptionsalt", salt));
  }

  #pairs(): readonly Pair[] {
    const config = this.#document.get("config");
    return isMap(config) ? config.items : [];
  }

  #keyOf(pair: Pair): string {
    return fullKey(isScalar(pair.key) ? String(pair.key.value) : String(pair.key), this.#project);
  }

  /** All values by full key. Throws `Issues` for all that are ambiguous. */
  values(): ReadonlyMap<string, ConfigValue> {
    const issues: { code: string; at: string; path: string; message: string; fix: string }[] = [];
    const values = this.#pairs().flatMap((pair) => {
      const key = this.#keyOf(pair);
      try {
        return [[key, readConfigValue(pair.value, this.#document)] as const];
      } catch (error) {
        if (!(error instanceof AmbiguousValue)) throw error;
        issues.push({ code: "config.ambiguous", at: this.file, path: `config.${key}`, message: error.message, fix: "write it in quotes" });
        return [];
      }
    });
    if (issues.length > 0) throw new Issues(issues);
    return new Map(values);
  }

  #put(key: string, value: string | { readonly secure: string }): void {
    const wanted = fullKey(key, this.#project);
    const pair = this.#pairs().find((one) => this.#keyOf(one) === wanted);
    const node = this.#document.createNode(value);
    if (pair !== undefined) pair.value = node;
    else this.#document.setIn(["config", wanted], node);
  }

  /** Sets a value. @param key - `<namespace>:<name>`, or a name in the project's namespace */
  set(key: string, value: string): void {
    this.#put(key, value);
  }

  /** Sets a value that is encrypted in the file. */
  setSecret(key: string, value: string, crypter: Crypter): void {
    this.setSalt(crypter.salt);
    this.#put(key, { secure: crypter.encrypt(value) });
  }

  /** Removes a value; true when there was one. */
  remove(key: string): boolean {
    const wanted = fullKey(key, this.#project);
    const pair = this.#pairs().find((one) => this.#keyOf(one) === wanted);
    return pair !== undefined && this.#document.deleteIn(["config", isScalar(pair.key) ? pair.key.value : pair.key]);
  }

  /** The file's new text. */
  text(): string {
    return this.#document.toString({ lineWidth: 0, flowCollectionPadding: false });
  }

  /** Writes the file; its permission bits stay. */
  async save(): Promise<void> {
    const before = await unlessMissing(stat(this.file));
    await writeDurably(this.file, this.text(), before === undefined ? 0o644 : before.mode & 0o777);
  }
}
