/** True for a text that an Output was made part of: it says so itself (pulumi sdk/nodejs output.ts). */
export const isOutputText = (text: string): boolean => /Calling \[to(String|JSON)\] on an \[Output<T>\]/.test(text);
