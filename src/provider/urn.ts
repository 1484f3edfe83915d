/** The parts of a Pulumi URN, `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`. */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** The resource's own type, without its parents'. */
  readonly type: string;
  readonly name: string;
}

/** Takes a URN apart. A name may hold `::`. Throws a RangeError for anything that is not a URN. */
export function urnParts(urn: string): UrnParts {
  const match = /^urn:pulumi:(?<stack>[^:]+(?::[^:]+)*)::(?<project>[^:]+)::(?<type>.+?)::(?<name>.*)$/s.exec(urn);
  const { stack, project, type, name } = match?.groups ?? {};
  if (stack === undefined || project === undefined || type === undefined || name === undefined)
    throw new RangeError(`not a URN: ${urn}`);
  return { stack, project, type: type.slice(type.lastIndexOf("$") + 1), name };
}
