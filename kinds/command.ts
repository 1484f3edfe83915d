import { commands, commandSubject } from "#facts/commands.ts";
import type { CommandState } from "#facts/commands.ts";
import { change } from "#model/change.ts";
import { defineKind } from "#model/kind.ts";
import type { Impossible } from "#model/kind.ts";
import { either, flag, list, object, oneOf, optional, propsOf, secretly, text } from "#model/schema.ts";
import { run } from "#model/step.ts";

/** A change that no other kind can express, as written in a stack: how to see it, how to make it, how to take it back. */
export interface CommandProps {
  /** Only reads. Exit code 0 says that all is as wanted; with `expect`, what it prints says so. Words, never shell text. */
  probe: readonly string[];
  /** What `probe` prints when all is as wanted; white space at the end does not count. */
  expect?: string;
  /** Makes it so. May be run twice. */
  apply: readonly string[];
  /** Given to `apply` on stdin; the place for secrets. */
  stdin?: string;
  /** Takes it back; or why that cannot be done. */
  undo: readonly string[] | Impossible;
  /** Subjects that must be right before, for example `package:git` or `path:/srv`. */
  needs?: readonly string[];
  /** The commands need a running system: left out on an unbooted tree. @defaultValue false */
  running?: boolean;
  /** How `apply` can hurt; with `none`, nobody makes sure that the host can still be reached. @defaultValue `connection` */
  risk?: "none" | "connection" | "boot";
}

const words = list(text(/^[^\0]*$/), 1);

const props = propsOf<CommandProps>()({
  probe: words,
  expect: optional(text(/^[^\0]*$/)),
  apply: words,
  stdin: optional(secretly(text(/^[^\0]*$/, "text without a NUL byte"))),
  undo: either(words, object(propsOf<Impossible>()({ impossible: text(/\S/, "why it cannot be taken back") }))),
  needs: optional(list(text(/^[a-z-]+:\S.*$/, "a subject such as package:git"))),
  running: optional(flag),
  risk: optional(oneOf("none", "connection", "boot")),
});

/** False for what env(1) would not take for a program. */
const isProgram = ([program = ""]: readonly string[]): boolean => /^[^-=][^=]*$/.test(program);

/** How the probe ended against how it should; one field or none. */
function outcome(want: CommandProps, have: CommandState | undefined) {
  if (have === undefined) return [];
  if (want.expect === undefined) return change("exit code", have.exitCode, 0);
  return change("output", have.stdout?.trimEnd(), want.expect.trimEnd());
}

/**
 * Takes back, where there may be nothing to take back: an apply that was cut off may have done all, a part, or nothing. So an
 * undo that fails is good as long as the probe does not say that all is as wanted.
 */
const TAKE_BACK = `
count=$1
shift
undo() { words=$# at=0; for word do test $at -ge "$count" || set -- "$@" "$word"; at=$((at + 1)); done; shift "$words"; "$@"; }
probe() { shift "$count"; ask=$1 expect=$2; shift 2; if test "$ask" = exit; then "$@"; else test "$("$@" 2>/dev/null)" = "$expect"; fi; }
undo "$@" && exit
code=$?
probe "$@" >/dev/null 2>&1 || exit 0
exit $code
`;

/** True of an undo that can be run. */
const isArgv = (undo: CommandProps["undo"]): undo is readonly string[] => Array.isArray(undo);

/**
 * The way out when no kind fits: three commands, word by word. For a script, put it on the host as a file and name it here.
 *
 * @example A remote for Flatpak
 * ```ts
 * command("flathub", {
 *   probe: ["sh", "-c", "flatpak remotes --system | grep -q flathub"],
 *   apply: ["flatpak", "remote-add", "--system", "--if-not-exists", "flathub", "https://dl.flathub.org/repo/flathub.flatpakrepo"],
 *   undo: ["flatpak", "remote-delete", "--system", "--force", "flathub"],
 *   needs: ["package:flatpak"],
 * });
 * ```
 */
export const command = defineKind({
  kind: "command",
  props,
  check: (want) =>
    Object.entries({ probe: want.probe, apply: want.apply, undo: want.undo }).flatMap(([path, words]) =>
      !isArgv(words) || isProgram(words) ? [] : [{ path, message: `${JSON.stringify(words[0])} cannot be a program's name`, fix: "first the program, without - before it or = in it; then its arguments" }],
    ),
  owns: (want) => [`command:${want.apply.join(" ")}`],
  needs: (want) => want.needs ?? [],
  risk: (want) => want.risk ?? "connection",
  reads: (want) => ({ probe: commands(commandSubject(want.probe, { output: want.expect !== undefined, running: want.running === true })) }),
  diff: (want, have) => outcome(want, have.probe),
  apply: (want) => [run(want.apply, { ...(want.stdin === undefined ? {} : { stdin: want.stdin }), ...(want.running === true ? { running: true } : {}) })],
  undo(want, before) {
    if (outcome(want, before.probe).length === 0) return [];
    if (!isArgv(want.undo)) return want.undo;
    const probe = [want.expect === undefined ? "exit" : "output", want.expect?.trimEnd() ?? "", ...want.probe];
    return [run(["sh", "-c", TAKE_BACK, "undo", want.undo.length.toString(), ...want.undo, ...probe], want.running === true ? { running: true } : {})];
  },
});
