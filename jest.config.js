/** Jest runs the TypeScript sources as they are: Node's own type stripping is the only transform. */
export default {
  testEnvironment: "node",
  // What takes many minutes by its nature is part of the soak only.
  testMatch: ["<rootDir>/tests/**/*.test.ts", ...(process.env.STEADING_SOAK === undefined ? [] : ["<rootDir>/tests/**/*.soak.ts"])],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tests/support/strip-types.js" },
  testSequencer: "<rootDir>/tests/support/sequencer.ts",
  reporters: ["<rootDir>/tests/support/reporter.ts"],
  testTimeout: 30_000,
  maxWorkers: 3,
};
