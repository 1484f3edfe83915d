/** A text in one short line. */
export function shortLine(text: string): string {
  const line = text.replaceAll("\n", "⏎");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
