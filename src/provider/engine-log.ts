import { credentials, Metadata } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import type { ProviderEvent } from "#provider/contract.ts";

const severities = {
  debug: enginePb.LogSeverity.DEBUG,
  info: enginePb.LogSeverity.INFO,
  warning: enginePb.LogSeverity.WARNING,
  error: enginePb.LogSeverity.ERROR,
} as const;

/** One line for the engine's display. */
interface Line {
  readonly severity: keyof typeof severities;
  readonly urn: string;
  readonly text: string;
  /** Shown while it is news, not kept. */
  readonly ephemeral?: boolean;
}

/** The lines that an event is worth. What the engine shows by itself, from the detailed diff, is not said again. */
export function linesOf(event: ProviderEvent): readonly Line[] {
  switch (event.event) {
    case "message":
      return [event];
    case "step":
      return event.seconds === undefined
        ? [{ severity: "info", urn: event.urn, text: `[${String(event.index)}/${String(event.of)}] ${event.step}`, ephemeral: true }]
        : [];
    case "planned": {
      const notes = event.items.flatMap(({ kind, name, action, fields }) =>
        fields.flatMap(({ field, note }) => (note === undefined || action === "change" ? [] : [`${kind} ${name}${field === "" ? "" : ` ${field}`}: ${note}`])),
      );
      const after = event.reactions.length === 0 ? [] : [`then: ${event.reactions.join("; ")}`];
      return [...notes, ...after].map((text) => ({ severity: "info", urn: event.urn, text: `${event.host}: ${text}` }));
    }
  }
}

/** The engine's log, over its gRPC service. Lines are sent in order; none is worth failing for. */
export class EngineLog {
  readonly #client: InstanceType<typeof engineGrpc.EngineClient>;
  #last: Promise<void> = Promise.resolve();

  constructor(address: string) {
    this.#client = new engineGrpc.EngineClient(address, credentials.createInsecure());
  }

  /** Sends what an event is worth. */
  report(event: ProviderEvent): void {
    for (const line of linesOf(event)) this.#last = this.#last.then(() => this.#send(line));
  }

  /** Resolves when all lines are delivered, or could not be. */
  flush(): Promise<void> {
    return this.#last;
  }

  close(): void {
    this.#client.close();
  }

  #send({ severity, urn, text, ephemeral }: Line): Promise<void> {
    const request = new enginePb.LogRequest();
    request.setSeverity(severities[severity]);
    request.setUrn(urn);
    request.setMessage(text);
    request.setEphemeral(ephemeral ?? false);
    return new Promise((resolve) => {
      this.#client.log(request, new Metadata(), { deadline: Date.now() + 5000 }, () => {
        resolve();
      });
    });
  }
}
