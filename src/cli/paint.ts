import { styleText } from "node:util";

/** Colours a text, or leaves it as it is. */
export interface Paint {
  readonly added: (text: string) => string;
  readonly changed: (text: string) => string;
  readonly removed: (text: string) => string;
  readonly unknown: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly wrong: (text: string) => string;
  readonly good: (text: string) => string;
}

type Style = Parameters<typeof styleText>[0];

/** What colours depend on; a `WriteStream` has `isTTY`, a file or pipe does not. */
export interface Terminal {
  readonly isTTY?: boolean;
}

/** True where colours are welcome: a terminal, and neither `NO_COLOR` (https://no-color.org) nor `TERM=dumb` says otherwise. */
export const coloured = (stream: Terminal, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";

/** The colours of a stream; none where they are not welcome. */
export function paintFor(stream: Terminal, env: NodeJS.ProcessEnv): Paint {
  const on = coloured(stream, env);
  // validateStream would ask the process' own stdout again; what counts is the stream we were given.
  const as = (style: Style) => (text: string): string => (on && text !== "" ? styleText(style, text, { validateStream: false }) : text);
  return {
    added: as("green"),
    changed: as("yellow"),
    removed: as("red"),
    unknown: as("cyan"),
    faint: as("dim"),
    strong: as("bold"),
    wrong: as(["bold", "red"]),
    good: as("green"),
  };
}
