import { lawsOnVm } from "./laws.ts";

await lawsOnVm(12);
