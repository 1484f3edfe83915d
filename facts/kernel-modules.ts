import { defineFact } from "#model/fact.ts";

/** Whether a module is in the running kernel, loaded or built in, by its name with `_` for `-`; undefined on an unbooted tree. */
export const kernelModules = defineFact<boolean | undefined>({
  fact: "kernel-modules",
  script: `
test -n "$booted" || { echo unbooted; exit 0; }
for module do
  if test -d "/sys/module/$module" || grep -q "^$module " /proc/modules ||
    { tr - _ <"/lib/modules/$(uname -r)/modules.builtin" | grep -q "/$module\\.ko"; } 2>/dev/null
  then
    echo "$module"
  fi
done
exit 0
`,
  parse(output, subjects) {
    const lines = new Set(output.split("\n"));
    return new Map(subjects.map((subject) => [subject, lines.has("unbooted") ? undefined : lines.has(subject)]));
  },
});
