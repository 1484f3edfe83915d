import { isAbsolute, resolve } from "node:path";
import { getRootDirectory } from "@pulumi/pulumi";

/** The absolute path of a file of the project: what a program says begins where Pulumi.yaml is, wherever the program works. */
export function fromProject(path: string): string {
  const root = getRootDirectory();
  // The SDK's mocks give a word.
  return isAbsolute(root) ? resolve(root, path) : resolve(path);
}
