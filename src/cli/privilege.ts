import { execa } from "execa";
import { findCommand } from "#cli/packages.ts";

/** Variables that a command run through sudo still needs. */
const KEPT = ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "NO_COLOR", "http_proxy", "https_proxy", "no_proxy"];

/** What stands before a command that needs root: nothing for root, sudo where it may be used; undefined where neither is. */
export async function rootPrefix(env: NodeJS.ProcessEnv): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (findCommand("sudo", env) === undefined) return undefined;
  // Asks for the password once, where somebody can be asked.
  const { failed } = await execa("sudo", process.stdin.isTTY ? ["--validate"] : ["--non-interactive", "true"], { reject: false, stdio: ["inherit", "ignore", "inherit"] });
  return failed ? undefined : ["sudo", `--preserve-env=${KEPT.join(",")}`, "--"];
}
