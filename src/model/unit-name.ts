/** Bytes that stay as they are in a unit name made from a path (systemd.unit(5), "String Escaping for Inclusion in Unit Names"). */
const PLAIN = /^[A-Za-z0-9:_.]$/;

/**
 * The systemd unit for an absolute, normal path, as `systemd-escape --path --suffix` names it:
 * `/srv/my-data` and `mount` give `srv-my\x2ddata.mount`; `/` gives `-.mount`.
 */
export function unitOfPath(path: string, suffix: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const escaped = parts.map(escapePart).join("-").replace(/^\./, "\\x2e");
  return `${escaped === "" ? "-" : escaped}.${suffix}`;
}

const escapePart = (part: string): string =>
  [...Buffer.from(part)].map((byte) => (PLAIN.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)).join("");
