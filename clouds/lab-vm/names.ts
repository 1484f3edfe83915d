/** The name under which QEMU hands over a machine's seed (QEMU's docs/specs/fw_cfg.rst: names of users begin with opt/). */
export const SEED = "opt/steading/seed";

/** The root file system's UUID, the same in every machine: each sees only its own disk. */
export const ROOT = "53746561-6469-4e67-8000-000000000001";

/** Files of an image's directory. */
export const imageFiles = { disk: "disk.raw", kernel: "vmlinuz", initrd: "initrd.img", passwd: "passwd" } as const;

/** Of every kernel: where it speaks, and that it does not take an emulated clock that is late for a broken one (kernel-parameters, `no_timer_check`). */
export const ARGUMENTS = "console=ttyS0 no_timer_check";
