import { looksSecret } from "#model/secret-look.ts";

describe("a text that may be a secret", () => {
  test.each([
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
    "root:$6$abcdefgh$ijklmnopqrstuv:19000",
    "ada:$y$j9T$abcdef$xyz",
    "machine deb http://user:hunter2@apt.example.org/debian stable main",
    "password = correct-horse",
    "db_password: 'x9!kq'",
    '{"token": "abcdef123"}',
    "PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
    "PresharedKey=abc123def",
    "psk=blue moon rising",
    "Environment=API_TOKEN=abc123",
    "ExecStart=/usr/bin/x --password hunter22",
    "//nas/media /media cifs username=ada,password=abc 0 0",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "requirepass foobar9",
  ])("%j", (text) => {
    expect(looksSecret(text)).toBe(true);
  });
});

describe("a text that is none", () => {
  test.each([
    "PasswordAuthentication no\nPermitEmptyPasswords no\n",
    "passwd:         files systemd\nshadow:         files\n",
    "ada ALL=(ALL) NOPASSWD: ALL\n",
    "ada ALL=(ALL) NOPASSWD:ALL\n",
    "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n",
    "PASS_MAX_DAYS\t99999\n",
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
    "ssl_certificate_key /etc/ssl/private/example.key;\n",
    "password_file = /etc/app/password\n",
    "auth_token = ${TOKEN}\n",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFd5B+g+knO/c8Am0zzYSYsqMMd57lcueNfQ0bnI0tHf ada@laptop",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINBF\n",
    "17 3 * * * root /usr/local/bin/backup\n",
    "# say your password here\n",
  ])("%j", (text) => {
    expect(looksSecret(text)).toBe(false);
  });

  test("counts more where others may not read it", () => {
    const key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0Vni\n";
    expect([looksSecret(key), looksSecret(key, true)]).toEqual([false, true]);
    expect(looksSecret("ada ALL=(ALL) NOPASSWD: /usr/bin/systemctl restart ssh.service\n", true)).toBe(false);
    expect(looksSecret("%media ALL=(root) /usr/local/bin/restart-media-server-2\n", true)).toBe(false);
  });
});
