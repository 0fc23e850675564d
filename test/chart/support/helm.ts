import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { clusterTools } from '../../cluster/binaries/kubectl-and-helm.ts';

export const CHART = fileURLToPath(new URL('../../../helm/tillstream', import.meta.url));

export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[];
};

export type RenderOptions = {
  readonly values?: object;
  readonly release?: string;
  readonly namespace?: string;
  readonly kubeVersion?: string;
  /** What an upgrade makes, with the hooks before it; false is an install. */
  readonly isUpgrade?: boolean;
};

/** What `helm template` writes. Throws with Helm's own words. */
export async function renderText(options: RenderOptions = {}): Promise<string> {
  const { release = 'shop', namespace = 'retail', kubeVersion, isUpgrade = true } = options;
  const args = ['template', release, CHART, '--namespace', namespace];
  if (kubeVersion !== undefined) args.push('--kube-version', kubeVersion);
  if (isUpgrade) args.push('--is-upgrade');
  return helm(args, options.values);
}

export async function render(options: RenderOptions = {}): Promise<readonly KubernetesObject[]> {
  const documents = parseAllDocuments(await renderText(options));
  return documents.map((document) => document.toJS() as KubernetesObject | null).filter((object) => object !== null);
}

/** What the chart says after an installation on a cluster that does not know Pipelines yet. */
export async function notes(values: object = {}): Promise<string> {
  const text = await helm(['install', 'shop', CHART, '--namespace', 'retail', '--dry-run=client'], values);
  return text.split('\nNOTES:\n')[1] ?? '';
}

export async function lint(values: object, kubeVersion?: string): Promise<string> {
  const version = kubeVersion === undefined ? [] : ['--kube-version', kubeVersion];
  return helm(['lint', '--strict', CHART, ...version], values);
}

async function helm(args: readonly string[], values: object = {}): Promise<string> {
  const { helm: program } = await clusterTools(() => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-chart-'));
  try {
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return await outputOf(program, [...args, '--values', file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What it wrote to its output. When it fails, everything that it wrote is in the error. */
async function outputOf(program: string, args: readonly string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}${stderr}`));
    });
  });
}

export function named(objects: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = objects.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  if (found === undefined) throw new Error(`the chart renders no ${kind} ${name ?? ''}`);
  return found;
}
