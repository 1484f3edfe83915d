import { createInterface } from "node:readline/promises";
import { withPassphrase } from "#cli/passphrase-file.ts";
import { findPassphrase, newCrypter, openCrypter } from "#engine/passphrase.ts";
import type { Project } from "#engine/project.ts";
import { StackConfig, stackConfigFile } from "#engine/stack-config.ts";
import { Issues } from "#model/issue.ts";

/** The first line of stdin, which no list of processes shows. */
export async function passwordFromStdin(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  throw new Issues([{ code: "password.missing", at: "--sudo-password-stdin", path: "", message: "stdin has no line", fix: "for example: systemd-ask-password | steading import …" }]);
}

/**
 * Keeps a password as `sudoPassword` in a stack's configuration, encrypted. Throws `Issues` where there is no passphrase, before
 * anything is written.
 */
export async function keepPassword(project: Project, stack: string, password: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = await StackConfig.load(stackConfigFile(project, stack), project.name);
  const passphrase = findPassphrase(await withPassphrase(env, project.directory));
  if (passphrase === undefined)
    throw new Issues([{ code: "passphrase.missing", at: config.file, path: "", message: "there is no passphrase to encrypt the password with", fix: "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" }]);
  const crypter = config.salt === undefined ? await newCrypter(passphrase, config.file) : await openCrypter(passphrase, config.salt, config.file);
  config.setSecret("sudoPassword", password, crypter);
  await config.save();
}
