import { destroyRestores } from "./restores.ts";

await destroyRestores(12);
