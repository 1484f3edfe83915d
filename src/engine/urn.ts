/** The type of a stack's root resource (pulumi sdk/go/common/resource/stack.go, RootStackType). */
export const ROOT_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_PREFIX = "pulumi:providers:";

/** The types of a URN, its parents' first: `exp:index:Group$exp:index:Box`. */
const qualifiedType = (urn: string): string => urn.split("::")[2] ?? "";

/** A resource's URN (pulumi sdk/go/common/resource/urn). The root is in nobody's name. */
export function urnOf(stack: { readonly project: string; readonly stack: string }, parent: string | undefined, type: string, name: string): string {
  const parents = parent === undefined ? "" : qualifiedType(parent);
  const types = parents === "" || parents === ROOT_TYPE ? type : `${parents}$${type}`;
  return `urn:pulumi:${stack.stack}::${stack.project}::${types}::${name}`;
}

/** The name in a URN; it may hold `::`. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/** The type in a URN, without its parents'. */
export const typeOf = (urn: string): string => qualifiedType(urn).split("$").at(-1) ?? "";

/** The stack in a URN. */
export function stackOf(urn: string): { readonly project: string; readonly stack: string } {
  const [first = "", project = ""] = urn.split("::");
  return { project, stack: first.slice("urn:pulumi:".length) };
}

/** The package of a resource type or function token; of a provider resource, what it provides. */
export const packageOf = (type: string): string =>
  type.startsWith(PROVIDER_PREFIX) ? type.slice(PROVIDER_PREFIX.length) : (type.split(":")[0] ?? "");

/** The type of a package's provider resources. */
export const providerType = (pkg: string): string => `${PROVIDER_PREFIX}${pkg}`;

/** True for the URN of a provider that the engine made by itself. */
export const isDefaultProvider = (urn: string): boolean => qualifiedType(urn).startsWith(PROVIDER_PREFIX) && /^default(_|$)/.test(nameOf(urn));

/** The parts of a provider reference, `<urn>::<id>`. */
export function splitReference(reference: string): { readonly urn: string; readonly id: string } {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}
