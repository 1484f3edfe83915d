import { dirname, join, resolve } from "node:path";
import { Issues } from "#model/issue.ts";
import { readIfThere } from "#engine/durable-write.ts";

const FILES = ["Pulumi.yaml", "Pulumi.yml"] as const;

/** The project file in `directory` or above it, with its text. Throws `Issues` when there is none. */
export function findProject(directory: string): { readonly file: string; readonly text: string } {
  for (let here = resolve(directory); ; here = dirname(here)) {
    for (const name of FILES) {
      const file = join(here, name);
      const text = readIfThere(file);
      if (text !== undefined) return { file, text };
    }
    if (here === dirname(here))
      throw new Issues([{ code: "project.missing", at: directory, path: "", message: "there is no Pulumi.yaml here or above", fix: "go to the project, or make one with `steading new`" }]);
  }
}
