import { paintFor } from "#cli/paint.ts";
import { countText, inOneLine, layerLines, nameOf, secondsText, typeOf } from "#cli/plan-text.ts";
import type { PlannedEvent, PlannedItem } from "#provider/contract.ts";

const plain = paintFor({ isTTY: false }, {});
const urn = "urn:pulumi:workstation::lab.steading::steading:component:Workstation$steading:host:Layer::base";
const plan = (items: readonly PlannedItem[], more: Partial<PlannedEvent> = {}): PlannedEvent => ({ event: "planned", urn, host: "lab-1", items, reactions: [], ...more });

describe("a layer's plan", () => {
  test("reads as the guide shows it", () => {
    const event = plan(
      [
        { kind: "package", name: "htop", action: "change", fields: [{ field: "", have: "absent", want: "installed" }] },
        { kind: "file", name: "motd", action: "change", fields: [{ field: "content", have: "sha256:ab12…", want: "sha256:cd34…" }] },
        { kind: "file", name: "peer", action: "cannot-tell", fields: [{ field: "", note: "waits for mesh.publicKey" }] },
      ],
      { reactions: ["restart ssh.service"] },
    );
    expect(layerLines(event, plain)).toEqual([
      "  ~ layer base on lab-1",
      "      + package htop           absent → installed",
      "      ~ file motd     content  sha256:ab12… → sha256:cd34…",
      "      ? file peer              cannot tell yet: waits for mesh.publicKey",
      "      ! restart ssh.service",
    ]);
  });

  test.each<[string, PlannedItem, readonly string[]]>([
    ["one field per line, the item named once", { kind: "file", name: "motd", action: "change", fields: [{ field: "mode", have: "0600", want: "0644" }, { field: "owner", have: "ada", want: "root" }] }, ["~ file motd  mode   0600 → 0644", "             owner  ada → root"]],
    ["a thing that was not there", { kind: "user", name: "ada", action: "change", fields: [{ field: "uid", want: "1000" }] }, ["+ user ada  uid  absent → 1000"]],
    ["a thing that goes back", { kind: "file", name: "motd", action: "restore", fields: [{ field: "content", have: "a" }] }, ["- file motd  content  a → absent"]],
    ["a thing that waits", { kind: "kernel-argument", name: "iommu", action: "waits", fields: [{ field: "running", note: "waits for a reboot: set at boot" }] }, ["… kernel-argument iommu  running  waits for a reboot: set at boot"]],
    ["a thing without fields", { kind: "command", name: "fsck", action: "change", fields: [] }, ["~ command fsck"]],
    ["a secret", { kind: "file", name: "key", action: "change", fields: [{ field: "content", have: "[secret]", want: "[secret]" }] }, ["~ file key  content  [secret] → [secret]"]],
    ["no control characters", { kind: "file", name: "evil\u001b[2Jname", action: "change", fields: [{ field: "content", have: "a\nb", want: "\u0007" }] }, ["~ file evil·[2Jname  content  a⏎b → ·"]],
  ])("shows %s", (_, item, lines) => {
    expect(layerLines(plan([item]), plain).slice(1).map((line) => line.slice(6))).toEqual(lines);
  });

  test("says once what is true of all its items, and of each in full", () => {
    const items = ["a", "b", "c"].map((name): PlannedItem => ({ kind: "file", name, action: "cannot-tell", fields: [{ field: "host", note: "the host is not known yet" }] }));
    expect(layerLines(plan(items), plain).slice(1)).toEqual(["      ? 3 items  cannot tell yet: the host is not known yet"]);
    expect(layerLines(plan(items), plain, true)).toHaveLength(4);
    expect(layerLines(plan(items.slice(1, 2)), plain).slice(1)).toEqual(["      ? file b  host  cannot tell yet: the host is not known yet"]);
  });

  test("names a few adopted items, and counts many", () => {
    const items = ["a", "b", "c", "d"].map((name): PlannedItem => ({ kind: "file", name, action: "adopt", fields: [] }));
    expect(layerLines(plan(items.slice(0, 1)), plain)).toEqual(["  = layer base on lab-1", "      = file a    so already; this layer keeps it so"]);
    expect(layerLines(plan(items), plain)).toEqual(["  = layer base on lab-1", "      = 4 items  so already; this layer keeps them so"]);
    expect(layerLines(plan(items), plain, true)).toHaveLength(5);
    expect(layerLines(plan([...items, { kind: "file", name: "e", action: "change", fields: [] }]), plain)).toEqual(["  ~ layer base on lab-1", "      ~ file e", "      = 4 items  so already; this layer keeps them so"]);
  });

  test("shortens digests", () => {
    const item: PlannedItem = { kind: "file", name: "motd", action: "change", fields: [{ field: "content", have: `sha256:${"ab".repeat(32)}`, want: `file 0644 root:root sha256:${"cd".repeat(24)}…` }] };
    expect(layerLines(plan([item]), plain)[1]).toBe("      ~ file motd  content  sha256:abababababab… → file 0644 root:root sha256:cdcdcdcdcdcd…");
  });

  test("shows what is as declared only in full", () => {
    const event = plan([], { unchanged: ["file motd", "package htop"] });
    expect(layerLines(event, plain)).toEqual(["  = layer base on lab-1"]);
    expect(layerLines(event, plain, true)).toEqual(["  = layer base on lab-1", "      = file motd", "      = package htop"]);
  });
});

test.each([
  [{ change: 3, adopt: 0, cannotTell: 0, waiting: 0, unchanged: 41, queued: 0, forgotten: 0 }, "3 to change, 41 unchanged"],
  [{ change: 0, adopt: 0, cannotTell: 2, waiting: 1, unchanged: 0, queued: 3, forgotten: 1 }, "0 to change, 2 cannot be told yet, 3 queued, 1 left out, 1 waiting, 0 unchanged"],
  [{ change: 0, adopt: 12, cannotTell: 0, waiting: 0, unchanged: 1, queued: 0, forgotten: 0 }, "nothing to change, 12 to adopt, 1 unchanged"],
  [{ change: 1, adopt: 12, cannotTell: 0, waiting: 0, unchanged: 0, queued: 0, forgotten: 0 }, "1 to change, 12 to adopt, 0 unchanged"],
])("counts %j are said as %s", (counts, text) => {
  expect(countText(counts, "to change")).toBe(text);
});

test.each([
  [0.4242, "0.42 s"],
  [3.14, "3.1 s"],
  [59.94, "59.9 s"],
  [125, "2 min 5 s"],
  [59.97, "1 min 0 s"],
  [119.7, "2 min 0 s"],
])("%d seconds are said as %s", (seconds, text) => {
  expect(secondsText(seconds)).toBe(text);
});

test("a URN gives the program's name and the innermost type", () => {
  expect([nameOf(urn), typeOf(urn)]).toEqual(["base", "steading:host:Layer"]);
});

test("a value stays in its line", () => {
  expect(inOneLine("a\nb\tc\u009b")).toBe("a⏎b·c·");
});
