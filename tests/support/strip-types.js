import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";

/** Jest transform: the same type stripping that Node applies when it runs a source file. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source) => createHash("sha256").update(process.version).update(source).digest("hex"),
};
