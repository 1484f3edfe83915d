import { checkProps } from "#model/check-props.ts";
import { connectionProps, hostName } from "#model/connection.ts";
import type { Connection } from "#model/connection.ts";
import type { Issue } from "#model/issue.ts";
import { hasUnknown, isObject, reveal } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import { wrapDeclared } from "#provider/secrets.ts";

const isWay = (via: unknown): via is keyof typeof connectionProps => typeof via === "string" && Object.hasOwn(connectionProps, via);

/** All mistakes of a connection; none while its `via` is not known. */
export function connectionIssues(value: Json | undefined, at: string): readonly Issue[] {
  const opened = value === undefined ? undefined : reveal(value);
  if (opened !== undefined && !isObject(opened) && hasUnknown(opened)) return [];
  const ways = Object.keys(connectionProps).join(", ");
  if (!isObject(opened))
    return [{ code: "connection.missing", at, path: "", message: "a connection is missing", fix: `an object with \`via\`: ${ways}` }];
  const via = opened["via"];
  if (via !== undefined && hasUnknown(via)) return [];
  if (!isWay(via)) return [{ code: "connection.invalid", at, path: "via", message: `there is no way ${JSON.stringify(via)}`, fix: `one of ${ways}` }];
  return checkProps(connectionProps[via], opened, at);
}

const isConnection = (value: unknown): value is Connection => isObject(value) && connectionIssues(value, "").length === 0;

/** The connection, opened; undefined while any part of it is not known. Throws for one that `connectionIssues` would refuse. */
export function knownConnection(value: Json | undefined): Connection | undefined {
  const opened = value === undefined ? undefined : reveal(value);
  if (opened !== undefined && hasUnknown(opened)) return undefined;
  // Always in one order, so that a program's and a state's connection share one session.
  const sorted = isObject(opened) ? Object.fromEntries(Object.entries(opened).sort(([a], [b]) => (a < b ? -1 : 1))) : opened;
  if (!isConnection(sorted)) throw new Error("the connection was not checked");
  return sorted;
}

/** A connection that has to be known by now. Throws an Error when it is not. */
export function required(to: Connection | undefined): Connection {
  if (to === undefined) throw new Error("the host's connection is not known");
  return to;
}

/** The connection with its private parts wrapped as secrets. */
export function wrapConnection(value: Json): Json {
  if (!isObject(value) || !isWay(value["via"])) return value;
  return wrapDeclared(connectionProps[value["via"]], value);
}

/** The connection as plain data, its private parts wrapped. */
export const connectionValue = (to: Connection): JsonObject => wrapDeclared(connectionProps[to.via], { ...to });

/**
 * A connection as a person types it for an import: `ssh://root@host:22`, `local` (or `local:`), `tree:/path`.
 * Undefined for anything else.
 */
export function parseConnection(text: string): Connection | undefined {
  const ssh = /^ssh:\/\/(?:([^@/]+)@)?(\[[^\]]+\]|[^:/[\]]+)(?::(\d+))?\/?$/.exec(text);
  const [, user, address = "", port] = ssh ?? [];
  const tree = /^tree:(?:\/\/)?(\/.*)$/.exec(text);
  const to = ssh
    ? { via: "ssh", address: address.replace(/^\[|\]$/g, ""), ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) }
    : tree
      ? { via: "tree", root: tree[1] }
      : /^local(:(\/\/)?)?$/.test(text)
        ? { via: "local" }
        : undefined;
  return isConnection(to) ? to : undefined;
}

/** The text that `parseConnection` reads. */
export function connectionText(to: Connection): string {
  if (to.via === "local") return "local:";
  if (to.via === "tree") return `tree:${to.root}`;
  const address = to.address.includes(":") ? `[${to.address}]` : to.address;
  return `ssh://${to.user === undefined ? "" : `${to.user}@`}${address}${to.port === undefined ? "" : `:${String(to.port)}`}`;
}

/** The machine that inputs name under `key`, as people name it; undefined where there is none, or it is not known. */
export function placeIn(key: string | undefined, inputs: JsonObject): string | undefined {
  const value = key === undefined ? undefined : inputs[key];
  if (value === undefined || connectionIssues(value, "").length > 0) return undefined;
  const to = knownConnection(value);
  return to === undefined ? undefined : to.via === "ssh" && to.port !== undefined ? `${to.address}:${String(to.port)}` : hostName(to);
}

/** What two connections to one machine have in common, whoever logs in. */
export const placeOf = (to: Connection): string =>
  to.via === "ssh" ? `ssh:${to.address.toLowerCase()}:${String(to.port ?? "")}` : connectionText(to);
