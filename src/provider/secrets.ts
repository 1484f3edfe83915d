import type { Props } from "#model/schema.ts";
import { isSecret, secret } from "#model/value.ts";
import type { JsonObject } from "#model/value.ts";

/** `value` with everything wrapped that its props declare secret, so that it never reaches the state in clear. */
export const wrapDeclared = (props: Props<object>, value: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, props.schemas[key]?.secret === true && !isSecret(inner) ? secret(inner) : inner]),
  );
