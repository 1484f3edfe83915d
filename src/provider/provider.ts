import { isFault } from "#model/fault.ts";
import { Issues } from "#model/issue.ts";
import { makeClaims } from "#provider/claims.ts";
import type { MakeProvider, ResourceRequest } from "#provider/contract.ts";
import { explain } from "#provider/explain.ts";
import { makeHostPool } from "#provider/host-pool.ts";
import { hostResource } from "#provider/host-resource.ts";
import { layerResource } from "#provider/layer-resource.ts";
import { machineResource } from "#provider/machine-resource.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";

/** A failure that is said to the user as it is: what happened, in what state the host is, what to do. */
export class Failed extends Error {
  override readonly name = "Failed";
}

/** Faults and issues become one message for the user; everything else is a bug and goes through. */
async function said<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error)) throw new Failed(explain(error), { cause: error });
    if (error instanceof Issues) throw new Failed(error.message, { cause: error });
    throw error;
  }
}

/** The provider of `steading:host:Host`, `steading:host:Layer` and `steading:cloud:Machine`. */
export const makeProvider: MakeProvider = ({ project, stack, report }) => {
  const hosts = makeHostPool();
  const claims = makeClaims();
  let run = new AbortController();
  const context: ResourceContext = {
    project,
    stack,
    report,
    hosts,
    get signal() {
      return run.signal;
    },
  };
  const types: Readonly<Record<string, ResourceType>> = {
    "steading:host:Host": hostResource(context),
    "steading:host:Layer": layerResource(context, claims),
    "steading:cloud:Machine": machineResource(context),
  };
  const typeOf = ({ type }: ResourceRequest): ResourceType => {
    const found = types[type];
    if (!found) throw new Failed(`there is no resource type ${type}: one of ${Object.keys(types).join(", ")}`);
    return found;
  };
  return {
    configure() {
      claims.clear();
      run = new AbortController();
      return Promise.resolve();
    },
    check: async (request) => said(typeOf(request).check(request)),
    diff: async (request) => said(typeOf(request).diff(request)),
    create: async (request) => said(typeOf(request).create(request)),
    read: async (request) => said(typeOf(request).read(request)),
    update: async (request) => said(typeOf(request).update(request)),
    delete: async (request) => said(typeOf(request).delete(request)),
    invoke: (token) => Promise.reject(new Failed(`there is no function ${token}`)),
    async cancel() {
      run.abort();
      await hosts.idle();
    },
    close: () => hosts.close(),
  };
};
