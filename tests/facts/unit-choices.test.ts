import { unitChoices } from "#facts/unit-choices.ts";

const output = `file backup.service
file backup.timer
file steading-trial.service
masked fstrim.timer
instance getty@tty1.service
instance wg-quick@wg0.service
package apt-daily.timer
package fstrim.timer
package ssh.service
state apt-daily.timer disabled disabled
state backup.service static
state backup.timer enabled
state console-getty.service enabled-runtime
state cryptdisks.service masked
state fstrim.timer masked
state getty@.service enabled
state nftables.service enabled
state remote-fs.target enabled
state serial-getty@.service disabled
state ssh.service enabled
state steading-trial.service enabled
state systemd-networkd.service disabled
active backup.timer active
active fstrim.timer inactive
active nftables.service active
active wg-quick@wg0.service failed
`;

test("unit choices: what somebody turned on, off or masked, and no more", () => {
  expect(unitChoices.parse(output, ["all"]).get("all")).toEqual([
    { unit: "apt-daily.timer", startup: "disabled" },
    { unit: "backup.timer", startup: "enabled", active: "active" },
    { unit: "fstrim.timer", startup: "masked", active: "inactive" },
    { unit: "nftables.service", startup: "enabled", active: "active" },
    { unit: "wg-quick@wg0.service", startup: "enabled", active: "failed" },
  ]);
});

test("unit choices: none where there is no systemd", () => {
  expect(unitChoices.parse("", ["all"]).get("all")).toEqual([]);
});
