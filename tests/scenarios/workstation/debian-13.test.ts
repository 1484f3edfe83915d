import { workstationStory } from "./story.ts";

await workstationStory(13);
