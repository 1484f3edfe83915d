/** What may never leave the machine; each is in a file or account that the script below makes. */
export const secrets = ["correct-horse-battery", "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", "hunter2hunter2", "s3cr3t-in-a-unit"] as const;

/** What somebody did to a machine over the years, by hand. */
export const changedByHand = `
set -e
exec >/dev/null 2>&1
apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends tree
useradd -m -s /bin/bash -c 'Ada Lovelace,,,' -G sudo ada
echo 'ada:${secrets[0]}' | chpasswd
groupadd -g 1500 media && usermod -aG media ada
mkdir -m 700 /home/ada/.ssh
cat >/home/ada/.ssh/authorized_keys <<'X'
# mine
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B+g+knO/c8Am0zzYSYsqMMd57lcueNfQ0bnI0tHf ada@laptop
restrict,command="/usr/bin/true, yes" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9Q3f2vYpTnS0dR5mH1cX7bK4wEaLzUoGjFvIyPqDhN backup
X
chmod 600 /home/ada/.ssh/authorized_keys && chown -R ada:ada /home/ada/.ssh
printf 'ada ALL=(ALL) NOPASSWD: /usr/bin/systemctl restart ssh.service\\n' >/etc/sudoers.d/ada && chmod 440 /etc/sudoers.d/ada

printf 'net.ipv4.conf.all.log_martians = 1\\n' >/etc/sysctl.d/60-local.conf
printf 'net.ipv4.ip_forward = 1\\n' >/etc/sysctl.d/90-steading-net.ipv4.ip_forward.conf && echo 1 >/proc/sys/net/ipv4/ip_forward
printf 'PermitTunnel no\\nMaxSessions 7\\n' >/etc/ssh/sshd_config.d/10-local.conf
printf 'X11Forwarding no\\n' >/etc/ssh/sshd_config.d/00-steading-x11forwarding.conf

printf '#!/bin/sh\\nexit 0\\n' >/usr/local/bin/backup && chmod 755 /usr/local/bin/backup
printf '[Service]\\nType=oneshot\\nExecStart=/usr/local/bin/backup\\n' >/etc/systemd/system/backup.service
printf '[Timer]\\nOnCalendar=daily\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/backup.timer
printf '[Unit]\\nDescription=Starts tidy.service\\n\\n[Timer]\\nOnCalendar=weekly\\nPersistent=yes\\nUnit=tidy.service\\n\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/tidy.timer
printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' >/etc/systemd/system/tidy.service
printf '[Service]\\nEnvironment=API_TOKEN=${secrets[3]}\\nExecStart=/bin/true\\n' >/etc/systemd/system/leaky.service
mkdir /etc/systemd/system/ssh.service.d && printf '[Service]\\nMemoryMax=512M\\n' >/etc/systemd/system/ssh.service.d/memory.conf
systemctl daemon-reload
systemctl enable --now backup.timer tidy.timer
systemctl disable --now apt-daily.timer && systemctl mask fstrim.timer
systemctl reload ssh.service

cat >/etc/nftables.conf <<'X'
#!/usr/sbin/nft -f
flush ruleset
table inet mine {
	chain input {
		type filter hook input priority filter; policy accept;
		tcp dport 8080 drop
	}
}
X
systemctl enable --now nftables.service
sed -i 's/^#*DIR_MODE=.*/DIR_MODE=0750/' /etc/adduser.conf

mkdir -p /etc/cron.d && printf '17 3 * * * root /usr/local/bin/backup\\n' >/etc/cron.d/backup
mkdir -m 750 /etc/myapp && chgrp media /etc/myapp
printf 'a = \`b\` \${c} \\\\ end\\n\\ttab and "quotes"\\n' >/etc/myapp/config && ln -s config /etc/myapp/current
printf '\\000\\001' >/etc/myapp/blob && head -c 70000 /dev/zero | tr '\\0' x >/etc/myapp/large
printf '[Interface]\\nPrivateKey = ${secrets[1]}\\n' >/etc/myapp/wg0.conf && chmod 600 /etc/myapp/wg0.conf
printf '${secrets[2]}' >/etc/myapp/server.key && chmod 600 /etc/myapp/server.key
mkdir /srv/photos

rm -f /etc/apt/sources.list.d/*.sources
. /etc/os-release
printf 'Types: deb\\nURIs: http://deb.debian.org/debian\\nSuites: %s\\nComponents: main\\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\\n' "$VERSION_CODENAME" >/etc/apt/sources.list.d/debian.sources
echo LANG=C.UTF-8 >/etc/default/locale && echo Etc/UTC >/etc/timezone
`;

/** What somebody does to it later, and the item that is about it. */
export const tamperings: readonly (readonly [script: string, item: string])[] = [
  ["dpkg --remove tree", "package tree"],
  ["usermod -s /bin/sh ada", "user ada"],
  ["groupmod -g 1600 media", "group media"],
  ["sed -i /backup/d /home/ada/.ssh/authorized_keys", "authorized-key ada backup"],
  ["chmod 0777 /etc/sudoers.d/ada", "sudo-rule ada"],
  ["echo 0 >/proc/sys/net/ipv4/ip_forward", "sysctl net.ipv4.ip_forward"],
  ["echo 'X11Forwarding yes' >/etc/ssh/sshd_config.d/00-steading-x11forwarding.conf", "sshd-setting X11Forwarding"],
  ["rm /etc/ssh/sshd_config.d/10-local.conf", "file /etc/ssh/sshd_config.d/10-local.conf"],
  ["systemctl disable --now backup.timer", "systemd-service backup.timer"],
  ["echo >>/etc/systemd/system/backup.service", "systemd-unit backup.service"],
  ["echo >>/etc/systemd/system/tidy.timer; systemctl daemon-reload", "systemd-timer tidy.service"],
  ["echo '* * * * * root evil' >>/etc/cron.d/backup", "file /etc/cron.d/backup"],
  ["echo >>/etc/nftables.conf", "file /etc/nftables.conf"],
  ["echo changed >/etc/myapp/config", "file /etc/myapp/config"],
  ["chmod 0777 /etc/myapp", "directory /etc/myapp"],
  ["ln -sfn elsewhere /etc/myapp/current", "symlink /etc/myapp/current"],
  ["hostname evil", "hostname"],
  ["echo LANG=de_DE.UTF-8 >/etc/default/locale", "locale-and-timezone here"],
  ["sed -i 's/^DIR_MODE.*/DIR_MODE=0777/' /etc/adduser.conf", "file /etc/adduser.conf"],
];
