import { lawsOnDebian } from "./laws.ts";

await lawsOnDebian(12);
