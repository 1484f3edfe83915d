import { defineFact } from "#model/fact.ts";

/** The keywords of sshd_config(5) in OpenSSH 9.2, without those of Kerberos and GSSAPI. */
export const SSHD_KEYWORDS = [
  "AcceptEnv", "AddressFamily", "AllowAgentForwarding", "AllowGroups", "AllowStreamLocalForwarding", "AllowTcpForwarding",
  "AllowUsers", "AuthenticationMethods", "AuthorizedKeysCommand", "AuthorizedKeysCommandUser", "AuthorizedKeysFile",
  "AuthorizedPrincipalsFile", "Banner", "CASignatureAlgorithms", "ChannelTimeout", "ChrootDirectory", "Ciphers",
  "ClientAliveCountMax", "ClientAliveInterval", "Compression", "DenyGroups", "DenyUsers", "DisableForwarding",
  "ExposeAuthInfo", "FingerprintHash", "ForceCommand", "GatewayPorts", "HostbasedAcceptedAlgorithms",
  "HostbasedAuthentication", "HostCertificate", "HostKey", "HostKeyAlgorithms", "IgnoreRhosts", "IgnoreUserKnownHosts",
  "IPQoS", "KbdInteractiveAuthentication", "KexAlgorithms", "ListenAddress", "LoginGraceTime", "LogLevel", "LogVerbose",
  "MACs", "MaxAuthTries", "MaxSessions", "MaxStartups", "ModuliFile", "PasswordAuthentication", "PermitEmptyPasswords",
  "PermitListen", "PermitOpen", "PermitRootLogin", "PermitTTY", "PermitTunnel", "PermitUserEnvironment", "PermitUserRC",
  "PerSourceMaxStartups", "PerSourceNetBlockSize", "Port", "PrintLastLog", "PrintMotd", "PubkeyAcceptedAlgorithms",
  "PubkeyAuthOptions", "PubkeyAuthentication", "RekeyLimit", "RequiredRSASize", "RevokedKeys", "SetEnv", "StreamLocalBindMask",
  "StreamLocalBindUnlink", "StrictModes", "Subsystem", "SyslogFacility", "TCPKeepAlive", "TrustedUserCAKeys",
  "UnusedConnectionTimeout", "UseDNS", "UsePAM", "VersionAddendum", "X11DisplayOffset", "X11Forwarding", "X11UseLocalhost",
  "XAuthLocation",
] as const;

/** One of them. */
export type SshdKeyword = (typeof SSHD_KEYWORDS)[number];

/** What sshd(8) makes of its configuration for one keyword. */
export interface SshdSettingState {
  /** Every value in force, as `sshd -T` prints it; empty for a keyword that it does not print. */
  readonly effective: readonly string[];
  /** The values that Steading's own drop-ins give, in the same spelling; those it does not set are sshd's defaults. */
  readonly declared: readonly string[];
}

/** Where Steading's drop-ins are: sorted first, and the first value wins (sshd_config(5)). */
export const SSHD_DROP_INS = "/etc/ssh/sshd_config.d/00-steading-";

/**
 * Settings of the ssh server by lower-case keyword; undefined where sshd is not there, or was never started (no /run/sshd).
 *
 * sshd itself says what it makes of the whole configuration, and of Steading's drop-ins alone: so `2m` and `120`, or
 * `prohibit-password` and `without-password`, are the same.
 */
export const sshdSettings = defineFact<SshdSettingState | undefined>({
  fact: "sshd-settings",
  script: `
test -d /run/sshd && effective=$(sshd -T 2>/dev/null) || exit 0
echo effective
printf '%s\\n' "$effective"
echo declared
cat ${SSHD_DROP_INS}*.conf 2>/dev/null | sshd -T -f /dev/stdin 2>/dev/null
exit 0
`,
  parse(output, subjects) {
    if (output.trim() === "") return new Map(subjects.map((subject) => [subject, undefined]));
    const [, effective, declared] = /^effective\n([^]*)^declared\n([^]*)$/m.exec(output) ?? [];
    if (effective === undefined || declared === undefined) throw new Error(`sshd printed ${JSON.stringify(output.slice(0, 200))}`);
    const valuesOf = (text: string, keyword: string): readonly string[] =>
      text.split("\n").flatMap((line) => (line.startsWith(`${keyword} `) ? [line.slice(keyword.length + 1)] : []));
    return new Map(subjects.map((subject) => [subject, { effective: valuesOf(effective, subject), declared: valuesOf(declared, subject) }]));
  },
});
