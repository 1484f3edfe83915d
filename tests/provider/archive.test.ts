import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ARCHIVE, ASSET, SIGNATURE } from "#model/value.ts";
import { archiveHash, UnreadableArchive } from "#provider/archive.ts";
import { TAR_END, tarHeader, tarPadding } from "#host/tar.ts";

const tarDigest = (name: string): string =>
  createHash("sha256").update(Buffer.concat([tarHeader({ name, size: 5, mode: 0o600 }), Buffer.from("hello"), tarPadding(5), TAR_END])).digest("hex");

// Each digest is of what Go 1.26.8's archive/tar writes for a file of that name that holds `hello`.
test.each([
  ["a short name", "dir/b.txt", "ff7463a5fc2e62f7c4aa84aa7095ea17df6707ad154e1f6f762c87a46c02a36e"],
  ["a name that just fits", "n".repeat(100), "076107286481b77b9c714a59d5cb9985b45c736a35a28d81b405dc19c1351247"],
  ["one byte more", "n".repeat(101), "87e6107211c0f5c5efdc44df2b52bc98dbb8f2555da0ff493d3acdde19fe8d15"],
  ["a path that two fields hold", `${"d".repeat(60)}/${"n".repeat(60)}`, "eca1384ac265a4e65a3be767dbfdf0616b8252d5c278d61e6291f96e5a11325c"],
  ["one of many folders", `${"d/".repeat(120)}n`, "9a3cb86703a283724f384ff5f37c00bacf377bd3c96415b5a28e6017fe137611"],
  ["the longest folder that fits", `${"d".repeat(155)}/x`, "6aaf8efb433cc24f1e318b19bdd8ced65c2ee4de538176aae3dcf1a9bc50c6c8"],
  ["one byte more of it", `${"d".repeat(156)}/x`, "b5c8486fcfc3a4bc9e5eb1ecef180bf6b02ef8b6e1f1039c387ad0e2bd7115bf"],
  ["what is not ASCII", "é/ü.txt", "f8c8377db49d330e53b842f696a884a4bc9bb6d5e74094e92ffe3e3026a6d152"],
  ["much of that", `${"é".repeat(99)}/${"x".repeat(120)}`, "8d1199e95b6794b3fefeb88bfd9aebb314edf729d263352067dd0cff0241e486"],
  ["a field that would end in a slash", `${"d".repeat(99)}/${"n".repeat(101)}`, "fea8194cccc73e1149934f373f0576464b08b88f3ff70e322e7fefe7a765193b"],
  ["more folders than fit, and a long name", `${"abcdefghi/".repeat(10)}${"n".repeat(130)}`, "9508106efd50e131151ab9675bb951edc8d296d5adc88b585eb282faec702e1f"],
])("a tar file with %s is what Go writes", (_, name, digest) => {
  expect(tarDigest(name)).toBe(digest);
});

// Each hash is what Pulumi's own sdk/go/common/resource/archive says of the same files.
describe("the hash of an archive is Pulumi's", () => {
  const directory = mkdtempSync(join(tmpdir(), "steading-archive-"));
  const archive = (of: object) => ({ [SIGNATURE]: ARCHIVE, ...of });
  const asset = (of: object) => ({ [SIGNATURE]: ASSET, ...of });

  beforeAll(() => {
    const write = (name: string, text: string, mode = 0o644): void => {
      const path = join(directory, "tree", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode });
    };
    write("a/b.txt", "hello");
    write("a.txt", "A");
    write("a/.pulumi/x", "no");
    write("run", "#!/bin/sh\n", 0o755);
    write("ü.txt", "");
    mkdirSync(join(directory, "tree/empty"));
    symlinkSync("a.txt", join(directory, "tree/link"));
    symlinkSync("a", join(directory, "tree/linked"));
    writeFileSync(join(directory, "x.tar.gz"), "not really");
  });
  afterAll(() => { rmSync(directory, { recursive: true }); });

  test.each([
    ["a directory", archive({ path: "tree" }), "392a284ea1566cf484f934742733dfbfbf21071413b7e2ced2a502b36268ae85"],
    ["assets, the first of each name", archive({ assets: { z: asset({ text: "text" }), f: asset({ path: "tree/a.txt" }), "sub/in": archive({ path: "tree" }), "sub/in/a.txt": asset({ text: "text" }) } }), "11e3bb81c9910c646494570ea990578c38c31ea909b747551e6d941377ce7451"],
    ["an archive file", archive({ path: "x.tar.gz" }), "c22d26d33c5783cf2bd157ba48eefa471ac49ab7bc71d5e8d5977eedd2c91726"],
    ["nothing", archive({ assets: {} }), "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"],
  ])("of %s", async (_, of, hash) => {
    expect(await archiveHash(of, directory)).toBe(hash);
  });

  test.each([
    ["from a URL", archive({ uri: "https://example.org/x.zip" })],
    ["with an asset from a URL", archive({ assets: { a: asset({ uri: "https://example.org/x" }) } })],
    ["with an archive file", archive({ assets: { a: archive({ path: "x.tar.gz" }) } })],
  ])("one %s cannot be read", async (_, of) => {
    await expect(archiveHash(of, directory)).rejects.toBeInstanceOf(UnreadableArchive);
  });
});
