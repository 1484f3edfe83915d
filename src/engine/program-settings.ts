/** What a program, or a policy pack beside it, is told of the run. */
export interface ProgramSettings {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** The project; absolute path. */
  readonly directory: string;
  readonly preview: boolean;
  /** The stack's configuration, by full key. */
  readonly config: { readonly [key: string]: string };
  /** Keys of `config` whose values are secrets. */
  readonly secretKeys: readonly string[];
}
