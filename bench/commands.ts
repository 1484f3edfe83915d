import { local } from "@pulumi/command";
import { Config, secret } from "@pulumi/pulumi";
import { thingsWith } from "./things.ts";

const config = new Config();

// A command that does nothing: all that is measured is the engine's own. One in ten has a secret.
thingsWith(config.requireNumber("resources")).files.forEach(({ path, content }, index) => new local.Command(String(index), { environment: { path, content: index % 10 === 0 ? secret(content) : content } }));
