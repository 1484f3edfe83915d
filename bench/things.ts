import { createHash } from "node:crypto";

/** What every tool is told to make: one directory, three packages, one service, and files. */
export interface Things {
  readonly directory: { readonly path: string };
  readonly packages: readonly string[];
  /** A systemd unit, enabled and running. */
  readonly service: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

const DIRECTORY = "/etc/steading-bench";

/** About 300 bytes, different in each file, and free of what a template would read. */
function contentOf(index: number): string {
  const digest = createHash("sha256").update(String(index)).digest("hex");
  return [`# file ${index}`, `name = service-${index}`, ...digest.match(/.{16}/g)?.map((part, line) => `setting-${line} = ${part}-${part}`) ?? [], ""].join("\n");
}

/** The same things each time: `files` files, and five things beside them. */
export const thingsWith = (files: number): Things => ({
  directory: { path: DIRECTORY },
  packages: ["bc", "cron", "tree"],
  service: "cron.service",
  files: Array.from({ length: files }, (_, index) => ({ path: `${DIRECTORY}/${String(index).padStart(5, "0")}.conf`, content: contentOf(index) })),
});
