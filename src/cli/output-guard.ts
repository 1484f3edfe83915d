import { mask, secretTexts } from "#model/mask.ts";
import { secret } from "#model/value.ts";
import type { Json } from "#model/value.ts";
import type { ProgramConfig } from "#engine/program-config.ts";

/** The texts that the secrets of a configuration hold; of an object or a list those of its leaves. */
export function configSecrets({ values, secretKeys }: Pick<ProgramConfig, "values" | "secretKeys">): ReadonlySet<string> {
  return new Set(secretKeys.flatMap((key) => [...secretTexts(secret(leaves(values[key] ?? "")))]));
}

function leaves(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/**
 * Until it is disposed of, nothing that this process prints holds one of the secrets, whoever prints it; and where stdout shall be a
 * document, what a program prints goes to stderr.
 */
export function guardOutput(secrets: ReadonlySet<string>, isDocument: boolean): Disposable {
  const ends = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    const original = isDocument ? process.stderr.write.bind(process.stderr) : write;
    const masked = (chunk: string | Uint8Array): string | Uint8Array => (typeof chunk === "string" ? mask(chunk, secrets) : chunk);
    stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | ((error?: Error | null) => void), done?: (error?: Error | null) => void): boolean =>
      typeof encoding === "function" ? original(masked(chunk), encoding) : original(masked(chunk), encoding, done);
    return () => (stream.write = write);
  });
  return { [Symbol.dispose]: () => { for (const end of ends) end(); } };
}
