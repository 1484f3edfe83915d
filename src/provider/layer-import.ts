import { machine } from "#facts/machine.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import { connectionText, connectionValue, parseConnection } from "#provider/connection-input.ts";
import type { ReadResponse } from "#provider/contract.ts";
import { Failed } from "#provider/failed.ts";
import type { ResourceContext } from "#provider/resource.ts";

/** A connection as typed; the name of a host, as ids have it, is that host by ssh, a path a tree. */
const typedConnection = (text: string): Connection | undefined =>
  parseConnection(text) ?? parseConnection(text.startsWith("/") ? `tree:${text}` : text === "localhost" ? "local:" : `ssh://${text}`);

/** A layer by its id, `<layer>@<connection>` as typed or as the state has it. What it has on the host is told, as no state says what was wanted. */
export async function importLayer({ hosts, project, stack, report }: ResourceContext, urn: string, id: string): Promise<ReadResponse> {
  const at = id.indexOf("@");
  const layer = id.slice(0, at);
  const to = at > 0 ? typedConnection(id.slice(at + 1)) : undefined;
  if (to === undefined) throw new Failed(`${id} is no layer: write <layer>@ssh://root@host:22, <layer>@local: or <layer>@tree:/path`);
  const question = machine("machine");
  const answers = await hosts.session(to).probe([question]);
  const own = answers.ledger.entries.filter((entry) => entry.project === project && entry.stack === stack && entry.layer === layer);
  const names = own.map(({ kind, name, subjects }) => `${kind} ${name} (${subjects.join(", ")})`);
  const text = names.length === 0 ? `${connectionText(to)} has nothing of layer ${layer} of this stack yet; \`steading import\` writes a program for what is there` : `declare what layer ${layer} has on ${connectionText(to)}: ${names.join("; ")}`;
  report({ event: "message", severity: "info", urn, text });
  const imported = { host: connectionValue(to), layer, items: {} };
  return { id: `${layer}@${hostName(to)}`, inputs: imported, properties: { ...imported, machineId: answers.get(question).machineId } };
}
