import { isFault } from "#model/fault.ts";
import { formatIssue } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import type { DiagnosticEvent } from "#engine/events.ts";
import { PolicyStop } from "#engine/policy/policy-stop.ts";

/** True for a list of mistakes, also one that another copy of this module made. */
const issuesOf = (error: unknown): readonly Issue[] | undefined =>
  error instanceof Error && error.name === "Issues" && "issues" in error && Array.isArray(error.issues) ? (error.issues as readonly Issue[]) : undefined;

/** Errors that say all in their message; all others are bugs, and show where they happened. */
const SPOKEN = new Set(["Failed", "InitFailed"]);

/** What a failure was about: it says all in its own words, its cause has code and state of the host. */
const causeOf = (error: unknown): unknown => (error instanceof Error && SPOKEN.has(error.name) ? (error.cause ?? error) : error);

/** An error as the user is told of it. */
export function explainError(error: unknown, urn?: string): DiagnosticEvent {
  const about = urn === undefined ? {} : { urn };
  const cause = causeOf(error);
  if (error instanceof PolicyStop) return { event: "diagnostic", severity: "error", ...about, message: error.message, policy: error.policy };
  const issues = issuesOf(cause);
  if (issues !== undefined) return { event: "diagnostic", severity: "error", ...about, message: issues.map(formatIssue).join("\n"), issues };
  const message = error instanceof Error ? (SPOKEN.has(error.name) || isFault(error) ? error.message : (error.stack ?? error.message)) : String(error);
  const fault = isFault(cause) ? { fault: { code: cause.code, host: cause.host, hostState: cause.hostState } } : {};
  return { event: "diagnostic", severity: "error", ...about, message, ...fault };
}
