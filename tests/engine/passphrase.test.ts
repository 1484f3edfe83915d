import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPassphrase, newCrypter, openCrypter } from "#engine/passphrase.ts";
import { Issues } from "#model/issue.ts";
import fc from "fast-check";

/** Written by the Pulumi CLI 3.260. */
const SALT = "v1:qQXCaJn1H1k=:v1:w5ZpSeYbP40It6WC:z39OKkX9BelRenZNiNWoB9mAfSk+ag==";
const TOKEN = "v1:koCFoEYXod6tMj0V:B1Kct9PQhEijMngJw8v43FrOusTXvw==";

test("a secret that the Pulumi CLI encrypted is opened", async () => {
  const crypter = await openCrypter("test", SALT, "Pulumi.dev.yaml");
  expect(crypter.decrypt(TOKEN)).toBe("s3cret");
  expect(crypter.salt).toBe(SALT);
});

test("a wrong passphrase is an issue that names the place", async () => {
  await expect(openCrypter("tset", SALT, "Pulumi.dev.yaml")).rejects.toThrow(/Pulumi\.dev\.yaml.*passphrase.*PULUMI_CONFIG_PASSPHRASE/);
  await expect(openCrypter("tset", SALT, "Pulumi.dev.yaml")).rejects.toBeInstanceOf(Issues);
});

test.each(["", "v2:a:v1:b:c", "v1::v1:b:c", "v1:qQXCaJn1H1k=", "v1:qQXCaJn1H1k=:v1:w5ZpSeYbP40It6WC:z39OKkX9BelRenZNiNWoB9mAfSk+ag==:more"])(
  "the salt %j is refused",
  async (salt) => {
    await expect(openCrypter("test", salt, "Pulumi.dev.yaml")).rejects.toBeInstanceOf(Issues);
  },
);

test("whatever is encrypted is decrypted, under a nonce of its own", async () => {
  const crypter = await newCrypter("pass", "here");
  const again = await openCrypter("pass", crypter.salt, "here");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const ciphertext = crypter.encrypt(text);
      expect(again.decrypt(ciphertext)).toBe(text);
      expect(crypter.encrypt(text)).not.toBe(ciphertext);
    }),
  );
});

test("a changed bit, a lost character or another stack's text is refused", async () => {
  const crypter = await newCrypter("pass", "here");
  const other = await newCrypter("pass", "there");
  const ciphertext = crypter.encrypt("hidden");
  for (const text of ["", "hidden", ciphertext.replace("v1", "v2"), ciphertext.slice(0, -4), `${ciphertext}:x`, other.encrypt("hidden"), "v1::"])
    expect(() => crypter.decrypt(text)).toThrow(Issues);
});

test("the passphrase comes from the environment, then from the file", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-passphrase-"));
  try {
    const file = join(directory, "passphrase");
    writeFileSync(file, "from file\n");
    expect(findPassphrase({})).toBeUndefined();
    expect(findPassphrase({ PULUMI_CONFIG_PASSPHRASE_FILE: file })).toBe("from file");
    expect(findPassphrase({ PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: file })).toBe("");
    expect(() => findPassphrase({ PULUMI_CONFIG_PASSPHRASE_FILE: join(directory, "none") })).toThrow(Issues);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
