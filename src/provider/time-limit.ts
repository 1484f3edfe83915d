/** A signal that also comes after so many seconds; 0: never. */
export const withTimeLimit = (signal: AbortSignal, seconds: number): AbortSignal => (seconds > 0 ? AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]) : signal);
