/**
 * True when a dynamic import failed because the file `path` itself is not there; false for anything that it imports in turn.
 * Knows Node's word for it, Jest's, and that of esbuild's glob import, which has no code.
 */
export const isMissingModule = (error: unknown, path: string): boolean =>
  typeof error === "object" &&
  error !== null &&
  "message" in error &&
  typeof error.message === "string" &&
  error.message.includes(path) &&
  (error.message.startsWith("Module not found in bundle") || ("code" in error && (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND")));
