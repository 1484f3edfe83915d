import { lawsOnUnbootedDebian } from "./laws.ts";

await lawsOnUnbootedDebian(13);
