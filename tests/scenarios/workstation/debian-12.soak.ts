import { workstationStory } from "./story.ts";

await workstationStory(12);
