import { importStory } from "./story.ts";

await importStory(12);
