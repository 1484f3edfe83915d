import { soak } from "../../support/soak.ts";
import { destroyRestores } from "./restores.ts";

await destroyRestores(13, soak);
