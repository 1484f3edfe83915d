import eslint from "@eslint/js";
import tsdoc from "eslint-plugin-tsdoc";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const lines = (max) => ({ "max-lines": ["error", { max }] });

/** What strict typed lint does not ask for by itself. */
const rules = {
  "@typescript-eslint/consistent-type-imports": "error",
  "@typescript-eslint/no-non-null-assertion": "error",
  "@typescript-eslint/prefer-readonly": "error",
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
  // null means "a JSON null" or "told to be nothing" here; both are said on purpose.
  "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
  "@typescript-eslint/no-invalid-void-type": ["error", { allowAsThisParameter: true }],
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
  // An async method may have nothing to wait for: the interface it meets says that others do.
  "@typescript-eslint/require-await": "off",
  eqeqeq: "error",
  "no-console": "error",
  "no-restricted-syntax": [
    "error",
    { selector: "TSAsExpression > TSAsExpression", message: "A cast through another type silences the compiler." },
    { selector: "ExportAllDeclaration", message: "No barrels: import from the file that has it." },
  ],
  "max-lines-per-function": ["error", { max: 60 }],
  "tsdoc/syntax": "error",
  ...lines(400),
};

export default defineConfig(
  globalIgnores(["dist/", "node_modules/", ".steading/", ".pulumi/", "coverage/"]),
  { linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: true } },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { tsdoc },
    rules,
  },
  { files: ["kinds/*.ts"], rules: lines(250) },
  // Casts live at the edges, where JSON and YAML are read: a kind, fact or policy is plain typed data.
  { files: ["{kinds,facts,policies}/*.ts"], rules: { "@typescript-eslint/no-unsafe-type-assertion": "error" } },
  // A test suite is one long function; the file limit still holds.
  { files: ["tests/**"], rules: { "max-lines-per-function": "off" } },
  // What these print is their purpose.
  { files: ["src/cli/**", "bench/**", "src/gen/**", "tests/support/**"], rules: { "no-console": "off" } },
  { files: ["**/*.js"], languageOptions: { globals: { process: "readonly", console: "readonly" } } },
);
