import { packageCandidates } from "#facts/package-candidates.ts";

/** As apt-cache 2.6.1 prints it; nothing at all for a name that it does not know. */
const POLICY = `nginx:
  Installed: (none)
  Candidate: 1.22.1-9+deb12u10
  Version table:
     1.22.1-9+deb12u10 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
     1.22.1-9+deb12u9 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
mail-transport-agent:
  Installed: (none)
  Candidate: (none)
  Version table:
`;

describe("package candidates", () => {
  test.each([
    { name: "a package", output: `fresh\n${POLICY}`, subject: "nginx", state: { fresh: true, version: "1.22.1-9+deb12u10" } },
    { name: "old lists", output: POLICY, subject: "nginx", state: { fresh: false, version: "1.22.1-9+deb12u10" } },
    { name: "a name that only others provide", output: `fresh\n${POLICY}`, subject: "mail-transport-agent", state: { fresh: true } },
    { name: "an unknown name", output: `fresh\n${POLICY}`, subject: "nonesuch", state: { fresh: true } },
    { name: "nothing missing", output: "", subject: "nginx", state: { fresh: false } },
  ])("reads $name", ({ output, subject, state }) => {
    expect(packageCandidates.parse(output, [subject]).get(subject)).toEqual(state);
  });
});
