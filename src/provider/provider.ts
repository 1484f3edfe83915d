import { makeClaims } from "#provider/claims.ts";
import type { MakeProvider, ResourceRequest } from "#provider/contract.ts";
import { Failed, said } from "#provider/failed.ts";
import { placeIn } from "#provider/connection-input.ts";
import { makeHostPool } from "#provider/host-pool.ts";
import { hostResource } from "#provider/host-resource.ts";
import { layerResource } from "#provider/layer-resource.ts";
import { machineResource } from "#provider/machine-resource.ts";
import { playbookResource } from "#provider/playbook-resource.ts";
import { makePlanHold } from "#provider/plan-hold.ts";
import type { ResourceContext, ResourceType } from "#provider/resource.ts";
import { terraformKeyResource } from "#provider/terraform-key.ts";
import { terraformResource } from "#provider/terraform-resource.ts";

/** The provider of `steading:host:Host`, `steading:host:Layer`, `steading:cloud:Machine`, `steading:ansible:Playbook`, `steading:terraform:Stack` and its `Key`. */
export const makeProvider: MakeProvider = ({ project, stack, report, whenUnreachable, watch }) => {
  const hosts = makeHostPool();
  const claims = makeClaims();
  let run = new AbortController();
  const context: ResourceContext = {
    project,
    stack,
    report,
    hold: watch === undefined ? undefined : makePlanHold(watch),
    hosts,
    claims,
    whenUnreachable,
    get signal() {
      return run.signal;
    },
  };
  const types: Readonly<Record<string, ResourceType>> = {
    "steading:host:Host": hostResource(context),
    "steading:host:Layer": layerResource(context),
    "steading:cloud:Machine": machineResource(context),
    "steading:ansible:Playbook": playbookResource(context),
    "steading:terraform:Stack": terraformResource(context),
    "steading:terraform:Key": terraformKeyResource(),
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
    placeOf: (type, inputs) => placeIn(types[type]?.connection, inputs),
    invoke: (token) => Promise.reject(new Failed(`there is no function ${token}`)),
    async cancel() {
      run.abort();
      await hosts.idle();
    },
    close: () => hosts.close(),
  };
};
