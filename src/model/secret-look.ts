/** A key, or a hash of a password, wherever it stands (RFC 7468, crypt(5)). */
const PLAIN = /-----BEGIN [A-Z ]*PRIVATE KEY|\$(1|2[abxy]|5|6|7|y|gy|argon2id?)\$[./A-Za-z0-9$=,+]{8,}|:\/\/[^\s/:@]*:[^\s/@]+@/;

/** `password=…`, `"token": "…"`, `PrivateKey = …`, `--secret …`; not a path, a number or a choice. */
const NAMED =
  /(?<!no)(pass(word|wd|phrase)?|secret|token|psk|api[-_]?key|private[-_]?key|preshared[-_]?key|credentials?)[\w-]*["']?\s*([:=]\s*|\s+(?=["']?\w[^\s"']*\d))["']?(?!\/|%|\$|(no|yes|true|false|none|off|on|ask|never|null|default|required|optional|sufficient|requisite|include|scram-sha-256|md5|yescrypt|files|compat|db|systemd|sss|ldap|nis)\b|\d+\b)[^\s"'#;]{3,}/i;

/** A long word of letters and digits mixed, as keys and tokens are; a path or a name has fewer. */
const RANDOM = /(?<![\w+/=.-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+=-][\w+/=-]{19,}(?![\w+/=.-])/;

/**
 * True when a text may hold a secret: a private key, a password or its hash, a token. Rather once too often: what it means is
 * that the text is not written where others may read it. `isPrivate`: others may not read it where it is, so more counts.
 */
export const looksSecret = (text: string, isPrivate = false): boolean => PLAIN.test(text) || NAMED.test(text) || (isPrivate && RANDOM.test(text));

/** Why such a text is left out. */
export const MAY_BE_SECRET = "it may hold a secret: declare it by hand, with a secret";
