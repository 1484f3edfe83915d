import { connectionProps } from "#model/connection.ts";
import { isObject } from "#model/value.ts";
import type { Json, JsonObject } from "#model/value.ts";
import type { hostOutputs } from "#provider/host-resource.ts";

const anything: JsonObject = { $ref: "pulumi.json#/Any" };
const text: JsonObject = { type: "string" };
const number: JsonObject = { type: "number" };
const integer: JsonObject = { type: "integer" };
const flag: JsonObject = { type: "boolean" };
const listOf = (items: JsonObject): JsonObject => ({ type: "array", items });
const typeOf = (name: string): JsonObject => ({ $ref: `#/types/steading:host:${name}` });

/** Pulumi knows fewer types than JSON Schema. */
function pulumiType(json: Json | undefined): JsonObject {
  switch (isObject(json) ? json["type"] : undefined) {
    case "string":
      return text;
    case "integer":
      return integer;
    case "boolean":
      return flag;
    default:
      return anything;
  }
}

/** Every way to reach a host, as one object type: `via` says which of the other properties count. */
function connectionType(): JsonObject {
  const properties: { [name: string]: Json } = {};
  for (const props of Object.values(connectionProps))
    for (const [name, schema] of Object.entries(props.schemas)) properties[name] = { ...pulumiType(schema.json), ...(schema.secret === true ? { secret: true } : {}) };
  return { type: "object", description: "How a host is reached.", properties, required: ["via"] };
}

const objectType = (description: string, properties: JsonObject): JsonObject => ({ type: "object", description, properties, required: Object.keys(properties) });

const types: JsonObject = {
  "steading:host:Connection": connectionType(),
  "steading:host:OperatingSystem": objectType("From os-release(5).", { id: text, name: text, version: text, codename: text }),
  "steading:host:PciDevice": objectType("A PCI function.", { address: text, class: text, vendor: text, device: text, driver: text, iommuGroup: integer }),
  "steading:host:Disk": objectType("A disk.", { name: text, size: number, model: text, rotational: flag }),
};

const outputs: { readonly [K in (typeof hostOutputs)[number]]: JsonObject } = {
  machineId: { ...text, description: "machine-id(5); empty where the machine has none yet." },
  os: typeOf("OperatingSystem"),
  architecture: { ...text, description: "In Debian's words, for example amd64." },
  memory: { ...number, description: "Bytes." },
  cpus: integer,
  pci: listOf(typeOf("PciDevice")),
  disks: listOf(typeOf("Disk")),
  tun: { ...flag, description: "There is a /dev/net/tun." },
  kvm: { ...flag, description: "There is a /dev/kvm." },
  cgroups: { ...integer, description: "The version of the control groups; 0 without any." },
  virtualization: { ...text, description: "As systemd-detect-virt(1) says it." },
  booted: { ...flag, description: "systemd runs." },
};

const items: JsonObject = {
  type: "object",
  description: "Items by kind and name: { file: { motd: { path, content } } }.",
  additionalProperties: { type: "object", additionalProperties: anything },
};

const layerInputs: JsonObject = {
  host: { ...typeOf("Connection"), description: "How the host is reached. Never a reason for a difference." },
  layer: { ...text, description: "The layer's name, unique on its host within the stack.", replaceOnChanges: true },
  items,
  mistakes: { ...listOf(anything), description: "What the program found wrong; told with all other mistakes." },
};

const machineInputs: JsonObject = {
  cloud: { ...text, description: "The name of a file in clouds/.", replaceOnChanges: true },
  name: { ...text, description: "The machine's name in its cloud.", replaceOnChanges: true },
  want: { type: "object", description: "What the cloud is asked for.", additionalProperties: anything },
};

const mapOf = (values: JsonObject): JsonObject => ({ type: "object", additionalProperties: values });

const playbookInputs: JsonObject = {
  host: { ...typeOf("Connection"), description: "How the host is reached. Never a reason for a difference." },
  playbook: { ...text, description: "The playbook's file." },
  directory: { ...text, description: "Where Ansible runs and finds its ansible.cfg." },
};

/** What may be left out of a playbook; `digest` is filled in from its files. */
const playbookOptions: JsonObject = {
  extraVars: { ...mapOf(anything), description: "Variables that win over all others." },
  vaultPassword: { ...text, secret: true, description: "What opens vaults." },
  tags: listOf(text),
  skipTags: listOf(text),
  groups: { ...listOf(text), description: "Groups that the host is in." },
  inventoryName: { ...text, description: "What plays call the host." },
  become: flag,
  undoPlaybook: { ...text, description: "Run when this one is destroyed." },
  ansible: { ...text, description: "The file of ansible-playbook, or venv." },
};

const playbookOutputs: JsonObject = { recap: { ...mapOf(integer), description: "How many tasks ended how." }, tasks: { ...mapOf(text), description: "How each task ended." } };

function playbookType(): JsonObject {
  const { inputProperties: _, properties: _all, ...made } = resource("A playbook that Ansible runs on one host.", playbookInputs, playbookOutputs);
  return { ...made, inputProperties: { ...playbookInputs, ...playbookOptions }, properties: { ...playbookInputs, ...playbookOptions, digest: text, ...playbookOutputs } };
}

const terraformInputs: JsonObject = {
  configuration: { ...mapOf(anything), description: "Configuration in Terraform's JSON syntax." },
  key: { ...text, secret: true, description: "What opens the working copy of the state." },
};

/** What may be left out of a stack of Terraform. */
const terraformOptions: JsonObject = {
  files: { ...mapOf(text), description: "Files beside the configuration, in base64, by path." },
  executables: { ...listOf(text), description: "Paths of those that are programs." },
  links: { ...mapOf(text), description: "Symbolic links beside it: where they lead, by path." },
  variables: { ...mapOf(anything), description: "Values of its variables." },
  providerMirror: { ...text, description: "The folder of a filesystem mirror." },
  tofu: { ...text, description: "The file of tofu, or build." },
};

const terraformOutputs: JsonObject = {
  outputs: { ...mapOf(anything), description: "Outputs that are no secret." },
  secretOutputs: { ...mapOf(anything), secret: true, description: "Outputs that are secret." },
  resources: { ...mapOf(text), description: "Ids of its resources by address." },
  tfstate: { ...text, secret: true, description: "The state of OpenTofu." },
  lockFile: { ...text, description: "Which providers it uses, with their checksums." },
};

function terraformType(): JsonObject {
  const { inputProperties: _, properties: _all, ...made } = resource("A stack of Terraform that OpenTofu applies.", terraformInputs, terraformOutputs);
  return { ...made, inputProperties: { ...terraformInputs, ...terraformOptions }, properties: { ...terraformInputs, ...terraformOptions, ...terraformOutputs } };
}

const resource = (description: string, inputs: JsonObject, more: JsonObject): JsonObject => ({
  description,
  inputProperties: inputs,
  requiredInputs: Object.keys(inputs),
  properties: { ...inputs, ...more },
  required: [...Object.keys(inputs), ...Object.keys(more)],
});

const connectionInput: JsonObject = { connection: { ...typeOf("Connection"), description: "How the host is reached." } };

/** The package schema of the provider, which `pulumi import` and `pulumi package` read. */
export const packageSchema = (version: string): JsonObject => ({
  name: "steading",
  version,
  displayName: "Steading",
  description: "Infrastructure as code for the computers a person owns or rents.",
  license: "MIT",
  meta: { moduleFormat: "(.*)" },
  language: { nodejs: { packageName: "steading", respectSchemaVersion: true } },
  config: {},
  provider: {},
  types,
  resources: {
    "steading:host:Host": { ...resource("What a machine is. Read-only.", connectionInput, outputs), properties: outputs, required: Object.keys(outputs) },
    "steading:host:Layer": { ...resource("All items that one component puts on one host.", layerInputs, { machineId: text }), requiredInputs: ["host", "layer", "items"] },
    "steading:ansible:Playbook": playbookType(),
    "steading:terraform:Key": resource("What opens the working copy of a state.", {}, { key: { ...text, secret: true } }),
    "steading:terraform:Stack": terraformType(),
    "steading:cloud:Machine": resource("A machine that a cloud makes.", machineInputs, { connection: typeOf("Connection") }),
  },
  functions: {},
});
