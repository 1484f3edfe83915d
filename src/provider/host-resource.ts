import { machine } from "#facts/machine.ts";
import type { MachineState } from "#facts/machine.ts";
import { isFault } from "#model/fault.ts";
import { hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import { canonical, resecret, UNKNOWN } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { checkFailure } from "#provider/check-failure.ts";
import { connectionIssues, connectionText, connectionValue, knownConnection, parseConnection, wrapConnection } from "#provider/connection-input.ts";
import type { CheckRequest, CheckResponse, DiffResponse, ReadResponse, UpdateResponse } from "#provider/contract.ts";
import { explain } from "#provider/explain.ts";
import { Failed } from "#provider/failed.ts";
import type { HostPool } from "#provider/host-pool.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";
import { insteadOf } from "#provider/unreachable.ts";

/** What a host outputs, by property; the connection itself is not among them, so that it never goes stale in a state. */
export const hostOutputs = ["machineId", "os", "architecture", "memory", "cpus", "pci", "disks", "tun", "kvm", "cgroups", "virtualization", "booted"] as const;

/** Facts as outputs. A tree shows the hardware of the machine that holds it, which is not the tree's. */
const outputsOf = (state: MachineState, to: Connection): JsonObject => ({
  machineId: state.machineId,
  os: { ...state.os },
  architecture: state.architecture,
  ...(to.via === "tree"
    ? { memory: 0, cpus: 0, pci: [], disks: [], tun: false, kvm: false, cgroups: 0, virtualization: "", booted: false }
    : {
        memory: state.memory,
        cpus: state.cpus,
        pci: state.pci.map((device) => ({ ...device })),
        disks: state.disks.map((disk) => ({ ...disk })),
        tun: state.tun,
        kvm: state.kvm,
        cgroups: state.cgroups,
        virtualization: state.virtualization,
        booted: state.booted,
      }),
});

const unknownOutputs: JsonObject = Object.fromEntries(hostOutputs.map((name) => [name, UNKNOWN]));

const same: DiffResponse = { changes: "none", detailedDiff: {}, diffs: [], replaces: [], deleteBeforeReplace: false };

async function outputsThere(hosts: HostPool, to: Connection): Promise<JsonObject> {
  const question = machine("machine");
  const answers = await hosts.session(to).probe([question]);
  return outputsOf(answers.get(question), to);
}

function checkHost({ name, news }: CheckRequest): CheckResponse {
  const issues = connectionIssues(news["connection"], name);
  const failures = issues.map((found) => checkFailure({ ...found, path: found.path === "" ? "connection" : `connection.${found.path}` }));
  const { connection } = news;
  return { inputs: connection === undefined ? news : { ...news, connection: wrapConnection(connection) }, failures };
}

/** `steading:host:Host`: what a machine is. Never changes anything on it. */
export function hostResource(context: ResourceContext): ResourceType {
  const { hosts, report } = context;
  const look = (to: Connection): Promise<JsonObject> => outputsThere(hosts, to);
  /** What the host is; unknown at preview while it cannot be reached, since something in this run may yet start it. */
  const lookIfThere = async (urn: string, to: Connection | undefined): Promise<JsonObject | undefined> => {
    if (to === undefined) return undefined;
    try {
      return await look(to);
    } catch (error) {
      if (!isFault(error, "host.unreachable")) throw error;
      report({ event: "message", severity: "warning", urn, text: `cannot tell what ${hostName(to)} is: ${explain(error)}` });
      return undefined;
    }
  };
  /** What the host is; what was known before where it does not answer and that is no failure. */
  const lookOr = async (urn: string, to: Connection, before: JsonObject): Promise<UpdateResponse> => {
    try {
      return { properties: await look(to) };
    } catch (error) {
      const postponed = insteadOf(context, to, error);
      if (postponed === undefined) throw error;
      report({ event: "message", severity: "warning", urn, text: `${hostName(to)} does not answer, so what it is stays unknown` });
      return { properties: before, postponed };
    }
  };
  return {
    connection: "connection",
    check: (request) => Promise.resolve(checkHost(request)),
    async diff({ urn, olds, news }) {
      const now = await lookIfThere(urn, knownConnection(news["connection"]));
      if (now === undefined) return { ...same, changes: "unknown" };
      const diffs = hostOutputs.filter((name) => canonical(now[name] ?? null) !== canonical(olds[name] ?? null));
      const detailedDiff = Object.fromEntries(diffs.map((name) => [name, { kind: "update" as const, inputDiff: false }]));
      return { ...same, changes: diffs.length === 0 ? "none" : "some", diffs, detailedDiff };
    },
    async create({ urn, inputs, preview }) {
      const to = knownConnection(inputs["connection"]);
      if (preview) return { id: "", properties: (await lookIfThere(urn, to)) ?? unknownOutputs };
      if (to === undefined) throw new Error("the connection is not known");
      return { id: connectionText(to), ...(await lookOr(urn, to, {})) };
    },
    async update({ urn, olds, news, preview }) {
      const to = knownConnection(news["connection"]);
      if (preview) return { properties: (await lookIfThere(urn, to)) ?? unknownOutputs };
      if (to === undefined) throw new Error("the connection is not known");
      return lookOr(urn, to, olds);
    },
    async read({ urn, id, inputs, properties }): Promise<ReadResponse> {
      const old: Json | undefined = inputs?.["connection"];
      const to = old === undefined ? parseConnection(id) : knownConnection(old);
      if (to === undefined) throw new Failed(`${id} is not a host: write ssh://root@host:22, local: or tree:/path`);
      const connection = connectionValue(to);
      const found = properties === undefined ? { properties: await look(to) } : await lookOr(urn, to, properties);
      return { id, inputs: { connection: old === undefined ? connection : resecret(connection, old) }, ...found };
    },
    delete: () => Promise.resolve(undefined),
  };
}
