import { createCipheriv, createDecipheriv, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { Issues } from "#model/issue.ts";
import { MASK } from "#model/mask.ts";

/** Encrypts and decrypts the secrets of one stack, as Pulumi's passphrase provider does (pulumi pkg/secrets/passphrase). */
export interface Crypter {
  /** `v1:<salt>:v1:<nonce>:<ciphertext of "pulumi">`: what `encryptionsalt` and the checkpoint hold. */
  readonly salt: string;
  /** `v1:<nonce>:<ciphertext and tag>`, a new nonce each time. */
  readonly encrypt: (plaintext: string) => string;
  /** Throws `Issues` when the text is damaged or of another passphrase. */
  readonly decrypt: (ciphertext: string) => string;
  /** HMAC-SHA256 in base64url: equal texts have equal digests, and nobody without the passphrase can try which text it is. */
  readonly digest: (text: string) => string;
}

const derive = promisify(pbkdf2);
const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Separates the key of digests from the one that encrypts. */
const DIGEST_PURPOSE = "steading digest";
/** What a salt's last part decrypts to. */
const KNOWN_TEXT = "pulumi";

const refuse = (code: string, at: string, message: string, fix: string): never => {
  throw new Issues([{ code, at, path: "", message, fix }]);
};

/**
 * The passphrase that the environment gives: `PULUMI_CONFIG_PASSPHRASE` (may be empty), else the text of the file that
 * `PULUMI_CONFIG_PASSPHRASE_FILE` names, trimmed; undefined when neither is set.
 */
export function findPassphrase(env: NodeJS.ProcessEnv): string | undefined {
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return env["PULUMI_CONFIG_PASSPHRASE"];
  const file = env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  if (file === undefined || file === "") return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    return refuse("passphrase.unreadable", "PULUMI_CONFIG_PASSPHRASE_FILE", `${file} cannot be read: ${String(error)}`, "name a file that holds the passphrase");
  }
}

function seal(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${body.toString("base64")}`;
}

/** The plaintext; undefined when it cannot be had with this key. */
function unseal(key: Buffer, ciphertext: string): string | undefined {
  const [version, nonceText = "", bodyText = "", ...more] = ciphertext.split(":");
  const nonce = Buffer.from(nonceText, "base64");
  const body = Buffer.from(bodyText, "base64");
  if (version !== "v1" || more.length > 0 || nonce.length !== NONCE_BYTES || body.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    // OpenSSL says only "unable to authenticate data": wrong key or damaged text.
    return undefined;
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest();

const crypterOf = (salt: string, key: Buffer, at: string): Crypter => ({
  salt,
  digest: (text) => hmac(hmac(key, DIGEST_PURPOSE), text).toString("base64url"),
  encrypt: (plaintext) => seal(key, plaintext),
  decrypt: (ciphertext) =>
    unseal(key, ciphertext) ??
    refuse("secret.unreadable", at, "a secret cannot be decrypted with this stack's passphrase", "restore the value, or set it anew"),
});

/**
 * The crypter of a stack that has a salt. Start it as early as the salt is known: PBKDF2 with a million rounds takes about
 * 0.1 s, on libuv's thread pool, while other work goes on.
 *
 * @param at - what messages name as the place, for example `Pulumi.dev.yaml`
 */
export async function openCrypter(passphrase: string, salt: string, at: string): Promise<Crypter> {
  const [version, saltText = "", ...known] = salt.split(":");
  if (version !== "v1" || saltText === "" || known.length !== 3)
    return refuse("salt.invalid", at, "encryptionsalt is not of the form v1:salt:v1:nonce:ciphertext", "restore the line that Pulumi wrote");
  const key = await derive(passphrase, Buffer.from(saltText, "base64"), ITERATIONS, KEY_BYTES, "sha256");
  if (unseal(key, known.join(":")) !== KNOWN_TEXT)
    return refuse("passphrase.wrong", at, "the passphrase is not the one that this stack was made with", "set PULUMI_CONFIG_PASSPHRASE to it");
  return crypterOf(salt, key, at);
}

/** The crypter of a stack that has no salt yet: makes one. */
export async function newCrypter(passphrase: string, at: string): Promise<Crypter> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(passphrase, salt, ITERATIONS, KEY_BYTES, "sha256");
  return crypterOf(`v1:${salt.toString("base64")}:${seal(key, KNOWN_TEXT)}`, key, at);
}

/** In place of the crypter of a stack whose passphrase is another: its secrets stay secrets, and nobody learns what they are (pulumi sdk/go/common/resource/config, NewBlindingDecrypter). */
export function blindCrypter(salt: string): Crypter {
  const never = (): never => {
    throw new Error("the passphrase is not known");
  };
  return { salt, digest: never, encrypt: never, decrypt: () => JSON.stringify(MASK) };
}
