import { formatIssue } from "#model/issue.ts";
import type { Issue } from "#model/issue.ts";
import type { CheckFailure } from "#provider/contract.ts";

/** A mistake in the inputs, as the engine is told of it: the path is said beside the reason. */
export const checkFailure = (issue: Issue): CheckFailure => ({ property: issue.path, reason: formatIssue({ ...issue, path: "" }), issue });
