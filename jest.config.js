/** Jest runs the TypeScript sources as they are: Node's own type stripping is the only transform. */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tests/support/strip-types.js" },
  testSequencer: "<rootDir>/tests/support/sequencer.ts",
  reporters: ["<rootDir>/tests/support/reporter.ts"],
  testTimeout: 30_000,
  maxWorkers: 2,
};
