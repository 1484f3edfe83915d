import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Transport } from "#model/transport.ts";

/** The ways in which a text may lie somewhere: as it is, line by line, as JSON has it, in base64. */
export const formsOf = (secret: string): readonly string[] => [
  ...secret.split("\n").filter((line) => line !== ""),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1),
];

/** Where one searches on the machine: a name, and what prints all that is there. */
const onMachine: readonly (readonly [string, string])[] = [
  ["journal", "journalctl --all --no-pager -o export"],
  ["ledger and transaction", "find /var/lib/steading -type f -print -exec cat {} + 2>/dev/null"],
  ["logs and temporary files", "find /var/log /tmp /var/tmp /run -xdev -type f -size -20M -not -path '/run/log/journal/*' -print -exec cat {} + 2>/dev/null"],
];

const filesBelow = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), "latin1")}`)
    .join("\n");

/** The places, on both machines, in which one of the secrets lies. */
export async function placesOf(secrets: readonly string[], machine: Transport, project: string): Promise<readonly string[]> {
  const wanted = secrets.flatMap(formsOf);
  const holds = (content: string): boolean => wanted.some((form) => content.includes(form));
  const found: string[] = holds(filesBelow(project)) ? ["project, state, history and backups"] : [];
  for (const [place, script] of onMachine) {
    const { stdout } = await machine.exchange(script);
    if (holds(stdout.toString("latin1"))) found.push(place);
  }
  return found;
}
