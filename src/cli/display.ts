import { eventLines } from "#cli/event-text.ts";
import type { Showing } from "#cli/event-text.ts";
import { hear, newStory } from "#cli/story.ts";
import type { Story } from "#cli/story.ts";
import type { EngineEvent } from "#engine/events.ts";

/** Shows a run while it goes on. */
export interface Display {
  readonly onEvent: (event: EngineEvent) => void;
  /** What was told so far. */
  readonly story: () => Story;
  /** Nothing more comes; resolves when everything is on the screen. */
  readonly end: () => Promise<void>;
}

/** Where lines go. */
export interface Lines {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** Shows nothing, and remembers: for `--json`. What the program prints goes to stderr. */
export function quietDisplay(lines: Pick<Lines, "err">): Display {
  let story = newStory();
  return {
    onEvent(event) {
      story = hear(story, event);
      if (event.event === "diagnostic" && event.fromProgram === true) lines.err(event.message.replace(/\n$/, ""));
    },
    story: () => story,
    end: () => Promise.resolve(),
  };
}

/** Shows one line per thing that happens, for a pipe or a log. */
export function plainDisplay(lines: Lines, options: Pick<Showing, "paint" | "full" | "isFleet">): Display {
  let story = newStory();
  const showing: Showing = { ...options, shown: new Map(), warned: new Set() };
  return {
    onEvent(event) {
      story = hear(story, event);
      const { out = [], err = [] } = eventLines(event, story, showing);
      out.forEach(lines.out);
      err.forEach(lines.err);
    },
    story: () => story,
    end: () => Promise.resolve(),
  };
}
