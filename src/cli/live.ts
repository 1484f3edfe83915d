import { makeBoard } from "#cli/board.ts";
import type { Board, Row } from "#cli/board.ts";
import type { Display, Lines } from "#cli/display.ts";
import { eventLines, isFleet, resourceLabel, stepLine } from "#cli/event-text.ts";
import type { Showing } from "#cli/event-text.ts";
import { progressText } from "#cli/fleet-text.ts";
import { inOneLine, secondsText } from "#cli/plan-text.ts";
import type { Paint } from "#cli/paint.ts";
import { hear, isChange, newStory } from "#cli/story.ts";
import type { Story } from "#cli/story.ts";
import type { EngineEvent, PhaseEvent } from "#engine/events.ts";
import type { StepEvent } from "#provider/contract.ts";

/** Nothing moves on the screen for phases that are over sooner: loading the progress library would be most of the wait. */
const PATIENCE_MS = 400;

const waiting: { readonly [P in PhaseEvent["phase"]]: string } = { preview: "asking the hosts", refresh: "reading the hosts", update: "changing", delete: "putting back" };

/** What the preview found to do, as rows: URN to label. */
const rowsOf = ({ resources }: Story): ReadonlyMap<string, string> =>
  new Map([...resources.values()].filter((resource) => resource.custom && isChange(resource)).map(({ urn, type }) => [urn, resourceLabel(urn, type)]));

/** A step in its row: behind the label while it runs, a line below it when it is done. */
function doStep(row: Row, event: StepEvent, paint: Paint): void {
  if (event.seconds === undefined) row.doing(`${event.host}  ${String(event.index)}/${String(event.of)}  ${inOneLine(event.step)}`);
  else row.did(stepLine(event, paint).trimStart());
}

/** Shows an event in its resource's row; false when it has none, or the event belongs below the board. */
function inRow(event: EngineEvent, board: Board | undefined, paint: Paint): boolean {
  if (event.event !== "step" && event.event !== "message" && event.event !== "resource-outputs") return false;
  const row = board?.row(event.urn);
  if (row === undefined || (event.event === "message" && event.severity !== "info")) return false;
  if (event.event === "message") row.doing(event.text);
  else if (event.event === "step") doStep(row, event, paint);
  else row.end(event.failed === true, event.seconds === undefined ? "" : secondsText(event.seconds));
  return true;
}

/** Shows a run on a terminal: a row for each resource that changes, its steps below it, all moving at once; plans as plain lines. */
export function liveDisplay(lines: Lines, options: Pick<Showing, "paint" | "full" | "isFleet">): Display {
  const { paint } = options;
  let story = newStory();
  let board: Board | undefined;
  // A board owns the screen; what is said meanwhile follows it.
  const open = new Set<Board>();
  const held: (() => void)[] = [];
  let closed: Promise<void> = Promise.resolve();
  const showing: Showing = { ...options, shown: new Map(), warned: new Set() };

  const say = (write: (line: string) => void, line: string): void => {
    if ([...open].some(({ isShown }) => isShown)) held.push(() => write(line));
    else write(line);
  };
  const close = (): void => {
    const ending = board;
    board = undefined;
    if (ending === undefined) return;
    closed = closed.then(() => ending.end()).then(() => {
      open.delete(ending);
      for (const write of held.splice(0)) write();
    });
  };
  const begin = (phase: PhaseEvent["phase"]): void => {
    const rows = phase === "preview" || phase === "refresh" || isFleet(story, showing) ? new Map<string, string>() : rowsOf(story);
    close();
    board = rows.size > 0 ? makeBoard(rows, { after: closed, patience: 0 }) : makeBoard(new Map([["", waiting[phase]]]), { after: closed, patience: PATIENCE_MS });
    open.add(board);
  };
  return {
    onEvent(event) {
      story = hear(story, event);
      if (event.event === "phase") begin(event.phase);
      if (event.event === "summary") close();
      if (inRow(event, board, paint)) return;
      if (isFleet(story, showing) && (event.event === "planned" || event.event === "resource-outputs")) board?.row("")?.doing(progressText(story));
      const { out = [], err = [] } = eventLines(event, story, showing);
      for (const line of out) say(lines.out, line);
      for (const line of err) say(lines.err, line);
    },
    story: () => story,
    end: async () => {
      close();
      await closed;
    },
  };
}
