import type { MountProps } from "#kinds/mount.ts";
import type { Sample } from "../support/kind-laws.ts";

const where = "/srv/steading-scratch.d/a-b";

/** Mounts that the laws are tried with. */
export const samples: readonly Sample<MountProps>[] = [
  {
    name: "memory",
    want: { what: "tmpfs", where, type: "tmpfs", options: ["size=10%", "mode=1777"] },
    boots: true,
    on: ["machine"],
    tampers: [
      { name: "umount", run: [["umount", where]] },
      { name: "something is mounted over it", run: [["mount", "-t", "ramfs", "none", where]] },
      { name: "systemctl disable", run: [["systemctl", "disable", "srv-steading\\x2dscratch.d-a\\x2db.mount"]] },
    ],
    survives: [{ name: "a daemon-reload", run: [["systemctl", "daemon-reload"]] }],
    starts: [
      { name: "has a directory there", arrange: [["mkdir", "-p", "-m", "0700", where]], tidy: [["rm", "-r", "/srv/steading-scratch.d"]] },
      {
        name: "has the unit, but it means another size",
        arrange: [["sh", "-c", "mkdir -p /etc/systemd/system; printf '[Mount]\\nWhat=tmpfs\\nWhere=/srv/steading-scratch.d/a-b\\nType=tmpfs\\nOptions=size=1m\\n' >'/etc/systemd/system/srv-steading\\x2dscratch.d-a\\x2db.mount'"]],
        tidy: [["sh", "-c", "rm -r '/etc/systemd/system/srv-steading\\x2dscratch.d-a\\x2db.mount' /srv/steading-scratch.d || :"]],
      },
    ],
  },
  {
    name: "a directory in a second place",
    want: { what: "/var/log", where: "/srv/steading-log", options: ["bind", "ro"] },
    boots: true,
    on: ["machine"],
  },
];
