import { connect } from "#host/connect.ts";
import { labVm, vmObstacle } from "../support/lab.ts";
import { describeUnless } from "../support/skip.ts";

const obstacle = await vmObstacle();

describeUnless(obstacle === undefined, obstacle ?? "")("a lab VM with firmware of its own", () => {
  const lab = labVm(12, { boot: "secure-boot", tpm: true });

  test.each([
    ["runs that release", ". /etc/os-release && echo $VERSION_ID", "12"],
    ["was started by firmware that checks signatures", "od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-*", "1"],
    ["has a TPM 2.0", "test -c /dev/tpm0 && cat /sys/class/tpm/tpm0/tpm_version_major", "2"],
    ["has nothing failed", "systemctl is-system-running; systemctl --failed --no-legend", "running"],
  ])("%s", async (_, script, said) => {
    expect((await connect(lab.connection()).exchange(script)).stdout.toString().trim()).toBe(said);
  });
});
