/** A JSON Schema of draft 7, which is what Helm checks values with. */
export type Schema = { readonly [keyword: string]: unknown };

/** Closed: an unknown key is refused. */
export function closed(properties: Readonly<Record<string, Schema>>, rest: Schema = {}): Schema {
  return { type: 'object', additionalProperties: false, properties, ...rest };
}

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const texts: Schema = { type: 'object', additionalProperties: text };
/** A list of parts of Kubernetes objects: the API server judges them. */
const parts: Schema = { type: 'array', items: { type: 'object' }, examples: [[{ name: 'example' }]] };
const part: Schema = { type: 'object', examples: [{ example: {} }] };

/** 63 characters at most, as in a name of DNS. */
export const label: Schema = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$', examples: ['example'] };
export const optionalLabel: Schema = { ...label, pattern: `^$|${String(label['pattern'])}` };
export const duration: Schema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))+$', examples: ['1m'] };
export const port: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };
export const pullSecrets: Schema = {
  type: 'array',
  items: closed({ name: { type: 'string', minLength: 1 } }, { required: ['name'] }),
  examples: [[{ name: 'example' }]],
};

const quantities: Schema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number'], pattern: '^[0-9.]+([numkKMGTPE]i?)?$' },
  examples: [{ cpu: '123m' }],
};
export const quantity: Schema = { type: 'string', pattern: '^$|^[0-9.]+([kKMGTPE]i?)?$', examples: ['3Gi'] };
export const resources: Schema = closed({ requests: quantities, limits: quantities });

export const serviceAccount: Schema = closed({ create: flag, name: optionalLabel, annotations: texts });

/** What users want to say about pods that somebody else declares. */
export const podExtras: Readonly<Record<string, Schema>> = {
  extraEnv: parts,
  extraEnvFrom: parts,
  extraVolumes: parts,
  extraVolumeMounts: parts,
  podLabels: texts,
  podAnnotations: texts,
  nodeSelector: texts,
  tolerations: parts,
  affinity: part,
  topologySpreadConstraints: parts,
  priorityClassName: text,
};

export const objects: Schema = parts;
