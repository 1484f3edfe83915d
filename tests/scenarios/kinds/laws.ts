import { readdirSync } from "node:fs";
import { kindNamed } from "#host/kinds.ts";
import { labContainer, labObstacles } from "#clouds/lab-container.ts";
import type { Machine } from "#model/cloud.ts";
import { lawsOn } from "../../support/kind-laws.ts";
import type { Sample } from "../../support/kind-laws.ts";
import { describeUnless } from "../../support/skip.ts";

const FOLDER = new URL("../../kinds/", import.meta.url);

/** The samples of every kind that has some for a machine, by its name. */
async function samplesByKind(): Promise<readonly (readonly [string, readonly Sample<object>[]])[]> {
  const names = readdirSync(FOLDER).flatMap((file) => /^(.+)\.samples\.ts$/.exec(file)?.[1] ?? []);
  return Promise.all(
    names.map(async (name) => {
      const { samples } = (await import(new URL(`${name}.samples.ts`, FOLDER).href)) as { samples: readonly Sample<object>[] };
      return [name, samples.filter(({ on }) => on.includes("machine"))] as const;
    }),
  );
}

/** Registers the laws of all kinds on one booted machine of a Debian release. */
export async function lawsOnDebian(release: 12 | 13): Promise<void> {
  const all = await samplesByKind();
  const kinds = await Promise.all(all.map(([name]) => kindNamed(name)));
  const packages = [...new Set(all.flatMap(([, samples]) => samples.flatMap((sample) => sample.packages ?? [])))].sort();
  const [obstacle] = await labObstacles();
  describeUnless(obstacle === undefined, obstacle?.message ?? "")(`kinds on Debian ${release.toString()}`, () => {
    const context = { progress: () => undefined, signal: new AbortController().signal };
    let machine: Machine | undefined;
    beforeAll(async () => {
      machine = await labContainer.create(`laws-${release.toString()}-${process.pid.toString()}`, { release, packages }, context);
    }, 180_000);
    afterAll(async () => {
      if (machine) await labContainer.destroy(machine.id, context);
    }, 60_000);
    const connection = () => {
      if (!machine) throw new Error("the machine was not made");
      return machine.connection;
    };
    all.forEach(([name, samples], index) => {
      const kind = kinds[index];
      if (!kind) throw new Error(`there is no kind ${name}`);
      if (samples.length > 0) lawsOn(`Debian ${release.toString()}`, connection, kind, samples);
    });
  });
}
