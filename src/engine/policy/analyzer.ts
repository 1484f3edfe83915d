import { credentials, Metadata, status } from "@grpc/grpc-js";
import type { CallOptions, ClientUnaryCall, ServiceError } from "@grpc/grpc-js";
import analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type { AnalyzerInfo, AnalyzeRequest, AnalyzeResponse, PolicyInfo as PolicyMessage, RemediateResponse } from "@pulumi/pulumi/proto/analyzer_pb.js";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { JsonObject } from "#model/value.ts";
import { Failed } from "#provider/failed.ts";
import { fromStruct, MESSAGE_BYTES, toStruct } from "#provider/wire.ts";
import type { PolicyName } from "#engine/events.ts";
import { Stopped } from "#engine/goal.ts";
import { analyzeRequest, analyzeStackRequest } from "#engine/policy/analyze-request.ts";
import type { Judged, JudgedInStack } from "#engine/policy/analyze-request.ts";
import { LEVELS, readPackConfig, reconcile } from "#engine/policy/pack-config.ts";
import type { PackConfig, PolicyInfo } from "#engine/policy/pack-config.ts";
import type { PackFiles } from "#engine/policy/pack-files.ts";
import type { PackProcess } from "#engine/policy/pack-process.ts";

/** What a policy found. */
export interface Violation extends PolicyName {
  readonly mandatory: boolean;
  readonly message: string;
  /** The resource that a policy about the whole stack names; empty where it names none. */
  readonly urn: string;
}

/** What a policy makes of a resource, or why it could not. */
export interface Remediation extends PolicyName {
  readonly properties: JsonObject;
  /** Empty where it could. */
  readonly diagnostic: string;
}

type Unary<Q, A> = (request: Q, metadata: Metadata, options: Partial<CallOptions>, callback: (error: ServiceError | null, response: A) => void) => ClientUnaryCall;

const CHANNEL = { "grpc.max_receive_message_length": MESSAGE_BYTES, "grpc.max_send_message_length": MESSAGE_BYTES, "grpc.enable_http_proxy": 0 };

const numbers = { advisory: pb.EnforcementLevel.ADVISORY, mandatory: pb.EnforcementLevel.MANDATORY, disabled: pb.EnforcementLevel.DISABLED, remediate: pb.EnforcementLevel.REMEDIATE } as const;

const policyOf = (message: PolicyMessage): PolicyInfo => ({
  name: message.getName(),
  level: LEVELS[message.getEnforcementlevel()],
  schema: fromStruct(message.getConfigschema()?.getProperties()),
  required: message.getConfigschema()?.getRequiredList() ?? [],
});

const initialOf = (info: AnalyzerInfo): PackConfig =>
  new Map([...info.getInitialconfigMap().entries()].map(([name, config]) => [name, { level: LEVELS[config.getEnforcementlevel()], properties: fromStruct(config.getProperties()) }]));

/** A policy pack at work (pulumi proto/pulumi/analyzer.proto). */
export class Analyzer {
  readonly #process: PackProcess;
  readonly #client: InstanceType<typeof analyzerGrpc.AnalyzerClient>;
  readonly #directory: string;
  #name = "";
  #version: string | undefined;
  #closed = false;

  private constructor(directory: string, version: string | undefined, process: PackProcess) {
    this.#directory = directory;
    this.#version = version;
    this.#process = process;
    this.#client = new analyzerGrpc.AnalyzerClient(`127.0.0.1:${String(process.port)}`, credentials.createInsecure(), CHANNEL);
  }

  /** A pack that has started, with its policies configured as its file says. Throws `Issues` where that cannot be; then it is ended. */
  static async of(process: PackProcess, { directory, version }: PackFiles, config: string | undefined): Promise<Analyzer> {
    const analyzer = new Analyzer(directory, version, process);
    try {
      await analyzer.#configure(config === undefined ? new Map() : await readPackConfig(config), config ?? directory);
      return analyzer;
    } catch (error) {
      await analyzer.close();
      throw error;
    }
  }

  async #configure(file: PackConfig, at: string): Promise<void> {
    const client = this.#client;
    const info = await this.#call<emptyPb.Empty, AnalyzerInfo>((...call) => client.getAnalyzerInfo(...call), new emptyPb.Empty());
    if (info === undefined) throw new Failed(`the policy pack in ${this.#directory} does not say what it is`);
    this.#name = info.getName();
    this.#version ??= info.getVersion();
    const request = new pb.ConfigureAnalyzerRequest();
    for (const [name, { level, properties }] of reconcile(info.getPoliciesList().map(policyOf), initialOf(info), file, at))
      request.getPolicyconfigMap().set(name, new pb.PolicyConfig().setEnforcementlevel(numbers[level]).setProperties(toStruct(properties)));
    await this.#call((...call) => client.configure(...call), request);
  }

  /** Asks the pack; undefined for what its SDK is too old to know. */
  #call<Q, A>(method: Unary<Q, A>, request: Q): Promise<A | undefined> {
    return new Promise((resolve, reject) => {
      method(request, new Metadata(), {}, (error, response) => {
        if (error === null) resolve(response);
        else if (this.#closed) reject(new Stopped());
        else if (error.code === status.UNIMPLEMENTED) resolve(undefined);
        else void this.#failure(error).then(reject);
      });
    });
  }

  async #failure({ code, details }: ServiceError): Promise<Failed> {
    // It has ended, or is of no use any more.
    if (code === status.UNAVAILABLE) await this.#process.stop();
    const end = this.#process.end();
    const name = this.#name === "" ? `the policy pack in ${this.#directory}` : `the policy pack ${this.#name}@${this.#version ?? ""}`;
    return new Failed(end === undefined ? `${name}: ${details}` : `${name} can judge nothing more: ${end}`);
  }

  #nameOf(policy: string): PolicyName {
    return { pack: this.#name, version: this.#version ?? "", policy };
  }

  #violations(response: AnalyzeResponse | undefined): readonly Violation[] {
    return (response?.getDiagnosticsList() ?? []).map((found) => {
      const level = LEVELS[found.getEnforcementlevel()];
      return { ...this.#nameOf(found.getPolicyname()), mandatory: level === "mandatory" || level === "remediate", message: found.getMessage(), urn: found.getUrn() };
    });
  }

  /** What the policies make of a resource, one after the other. Throws when one of them does. */
  async remediate(resource: Judged): Promise<readonly Remediation[]> {
    const response = await this.#call<AnalyzeRequest, RemediateResponse>((...call) => this.#client.remediate(...call), analyzeRequest(resource));
    return (response?.getRemediationsList() ?? []).map((each) => ({ ...this.#nameOf(each.getPolicyname()), properties: fromStruct(each.getProperties()), diagnostic: each.getDiagnostic() }));
  }

  /** What the policies find about a resource. Throws when one of them does. */
  async analyze(resource: Judged): Promise<readonly Violation[]> {
    return this.#violations(await this.#call((...call) => this.#client.analyze(...call), analyzeRequest(resource)));
  }

  /** What the policies find about the whole stack. Throws when one of them does. */
  async analyzeStack(resources: readonly JudgedInStack[]): Promise<readonly Violation[]> {
    return this.#violations(await this.#call((...call) => this.#client.analyzeStack(...call), analyzeStackRequest(resources)));
  }

  /** Ends the pack; what it is asked then ends as the run does. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#client.close();
    await this.#process.stop();
  }
}
