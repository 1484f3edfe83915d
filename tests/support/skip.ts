/** Begins the words in a test's title that tell the reporter why it was skipped; `]` ends them. */
export const SKIPPED = " [skipped: ";

/**
 * `test` when `condition` holds, else a `test.skip` whose titles say `reason`. The reporter counts skips by reason and
 * compares them to tests/skips.json.
 */
export const skipUnless = (condition: boolean, reason: string): jest.It =>
  condition ? test : labelled(test.skip, reason);

/** `describe` when `condition` holds, else a `describe.skip` whose title says `reason`. */
export const describeUnless = (condition: boolean, reason: string): jest.Describe =>
  condition ? describe : labelled(describe.skip, reason);

type Callable = (...args: never[]) => unknown;

const isCallable = (value: unknown): value is Callable => typeof value === "function";

/** The same function, with the reason put behind the title; `each` hands out functions of its own, which are labelled too. */
function labelled<T extends Callable>(call: T, reason: string): T {
  return new Proxy(call, {
    apply(target, self, args: readonly unknown[]) {
      const [title, ...rest] = args;
      const named = typeof title === "string" ? [`${title}${SKIPPED}${reason}]`, ...rest] : args;
      const result: unknown = Reflect.apply(target, self, named);
      return isCallable(result) ? labelled(result, reason) : result;
    },
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      return isCallable(inner) ? labelled(inner, reason) : inner;
    },
  });
}
