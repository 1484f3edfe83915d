/** The middle value; of an even number of values, the mean of the two in the middle. Undefined for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** How often something is measured. */
export interface Repeat {
  readonly times: number;
  /** No further run begins once those before it took this many seconds together. */
  readonly budget: number;
}

/** Measures at least once, and again as far as times and budget allow. `once` returns seconds. */
export async function repeat({ times, budget }: Repeat, once: () => Promise<number>): Promise<readonly number[]> {
  const values = [await once()];
  let spent = values[0] ?? 0;
  while (values.length < times && spent < budget) {
    const value = await once();
    values.push(value);
    spent += value;
  }
  return values;
}
