import type { PolicyName } from "#engine/events.ts";

/** A mandatory policy forbids something. */
export class PolicyStop extends Error {
  override readonly name = "PolicyStop";
  readonly policy: PolicyName;

  /** @param message - what the policy says */
  constructor(policy: PolicyName, message: string) {
    super(`${policy.pack}@${policy.version} ${policy.policy}: ${message}`);
    this.policy = policy;
  }
}

/** A resource is not made, for the reasons that were told as `PolicyStop`. */
export class Forbidden extends Error {
  override readonly name = "Forbidden";
}
