import { systemdService } from "#kinds/systemd-service.ts";
import type { SystemdServiceProps } from "#kinds/systemd-service.ts";
import type { Step } from "#model/step.ts";
import { kindLaws } from "../support/kind-laws.ts";
import { samples } from "./systemd-service.samples.ts";

kindLaws(systemdService, samples);

const want: SystemdServiceProps = { unit: "nginx.service" };
const off: SystemdServiceProps = { ...want, startup: "disabled", state: "stopped" };
const masked: SystemdServiceProps = { ...want, startup: "masked", state: "stopped" };
const have = (startup: string, active?: string) => ({ unit: active === undefined ? { startup } : { startup, active, stale: false } });
const words = (steps: readonly Step[]) => steps.map((step) => (step.do === "run" ? step.argv[1] : step.do));

describe("systemd-service", () => {
  test.each([
    { name: "right", want, unit: have("enabled", "active"), fields: [], steps: [] },
    { name: "not there", want, unit: have("", "inactive"), fields: ["startup", "state"], steps: ["enable", "restart"] },
    { name: "stopped", want, unit: have("enabled", "inactive"), fields: ["state"], steps: ["restart"] },
    { name: "failed", want, unit: have("enabled", "failed"), fields: ["state"], steps: ["restart"] },
    { name: "disabled", want, unit: have("disabled", "active"), fields: ["startup"], steps: ["enable"] },
    { name: "enabled until the next boot only", want, unit: have("enabled-runtime", "active"), fields: ["startup"], steps: ["enable"] },
    { name: "masked", want, unit: have("masked", "inactive"), fields: ["startup", "state"], steps: ["unmask", "enable", "restart"] },
    { name: "without [Install]", want, unit: have("static", "active"), fields: [], steps: [] },
    { name: "in an unbooted tree", want, unit: have("disabled"), fields: ["startup"], steps: ["enable"] },
    { name: "one that ends by itself", want: { ...want, state: "any" }, unit: have("enabled", "inactive"), fields: [], steps: [] },
    { name: "to be off, and off", want: off, unit: have("disabled", "inactive"), fields: [], steps: [] },
    { name: "to be off, and not there", want: off, unit: have("", "inactive"), fields: [], steps: [] },
    { name: "to be off, and on", want: off, unit: have("enabled", "active"), fields: ["startup", "state"], steps: ["stop", "disable"] },
    { name: "to be masked, and on", want: masked, unit: have("enabled", "active"), fields: ["startup", "state"], steps: ["stop", "mask"] },
    { name: "to be masked, without [Install]", want: masked, unit: have("static", "inactive"), fields: ["startup"], steps: ["mask"] },
  ] as const)("$name: differs in $fields", ({ want: wanted, unit, fields, steps }) => {
    expect(systemdService.diff(wanted, unit).map(({ field }) => field)).toEqual(fields);
    expect(words(systemdService.apply(wanted, unit))).toEqual(steps);
  });

  test.each([
    { name: "no unit", want, before: have("", "inactive"), steps: ["stop", "disable"] },
    { name: "a disabled one", want, before: have("disabled", "inactive"), steps: ["stop", "disable"] },
    { name: "a masked one", want, before: have("masked", "inactive"), steps: ["stop", "mask"] },
    { name: "one that ran", want: off, before: have("enabled", "active"), steps: ["enable", "start"] },
    { name: "one that ran, from masked", want: masked, before: have("enabled", "active"), steps: ["unmask", "enable", "start"] },
    { name: "one without [Install], from masked", want: masked, before: have("static", "active"), steps: ["unmask", "start"] },
    { name: "what is as wanted", want, before: have("enabled", "active"), steps: [] },
  ] as const)("undo brings back $name", ({ want: wanted, before, steps }) => {
    expect(words(systemdService.undo(wanted, before) as readonly Step[])).toEqual(steps);
  });

  test("a unit that is to be off goes off when a package has brought it", () => {
    expect(systemdService.watches?.(off)).toContain("package:*");
    expect(systemdService.watches?.(want)).not.toContain("package:*");
    expect(words(systemdService.react?.(off, have("", "inactive"), ["package:nginx"]) ?? [])).toEqual(["disable", "stop"]);
    expect(words(systemdService.react?.(masked, have("", "inactive"), ["package:nginx"]) ?? [])).toEqual(["stop"]);
    expect(words(systemdService.react?.(off, have("disabled", "inactive"), ["package:nginx"]) ?? [])).toEqual([]);
  });

  const watching: SystemdServiceProps = { ...want, restartOn: ["/etc/nginx/*", "package:nginx"], reloadOn: ["/etc/ssl/site.pem"] };

  test.each([
    { changed: ["path:/etc/nginx/nginx.conf"], verb: "try-restart" },
    { changed: ["package:nginx"], verb: "try-restart" },
    { changed: ["path:/etc/systemd/system/nginx.service.d/50-memory.conf"], verb: "try-restart" },
    { changed: ["path:/etc/ssl/site.pem"], verb: "try-reload-or-restart" },
    { changed: ["path:/etc/ssl/site.pem", "path:/etc/nginx/nginx.conf"], verb: "try-restart" },
  ])("$verb when $changed changed", ({ changed, verb }) => {
    expect(words(systemdService.react?.(watching, have("enabled", "active"), changed) ?? [])).toEqual([verb]);
  });

  test("leaves a unit alone that apply restarts anyway, or that is to be stopped", () => {
    expect(systemdService.react?.(watching, have("enabled", "inactive"), ["package:nginx"])).toEqual([]);
    expect(systemdService.react?.({ ...watching, state: "stopped" }, have("enabled", "active"), ["package:nginx"])).toEqual([]);
  });

  test("an instance is restarted when its template changes", () => {
    expect(systemdService.watches?.({ unit: "getty@tty1.service" })).toContain("path:/etc/systemd/system/getty@.service");
  });
});

test.each([
  ["enabled", "active", "running"],
  ["enabled", "inactive", "any"],
  ["enabled", undefined, "any"],
  ["disabled", "active", "any"],
  ["disabled", "inactive", "any"],
  ["masked", "inactive", "stopped"],
  ["masked", "active", "any"],
] as const)("on a host, a unit that is %s and %s is declared as %s", (startup, active, state) => {
  const choice = { unit: "nginx.service", startup, ...(active === undefined ? {} : { active }) };
  expect(systemdService.survey?.items({ all: [choice] })).toEqual([{ name: "nginx.service", want: { unit: "nginx.service", startup, state } }]);
});
