/** A mistake that the user can mend. All of them are collected and shown at once, before any host is touched. */
export interface Issue {
  /** What sort of mistake, for example `item.invalid`. */
  readonly code: string;
  /** Where, as a person finds it: `profiles/desktop.yaml:4:8`, or the layer and item. */
  readonly at: string;
  /** The property path inside `at`, for example `items.file.motd.path`; empty for the whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Thrown where mistakes cannot be returned; carries all of them. */
export class Issues extends Error {
  override readonly name = "Issues";
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(issues.map(formatIssue).join("\n"));
    this.issues = issues;
  }
}

/** One issue in one line: place, message, fix. */
export const formatIssue = (issue: Issue): string =>
  `${issue.at}${issue.path === "" ? "" : ` ${issue.path}`}: ${issue.message}${issue.fix === "" ? "" : ` (${issue.fix})`}`;
