import { oneLine, sendCommandToAll, type CommandAnswer } from '@tillstream/runtime';
import type { ApiServer } from '../kubernetes/api-server.ts';
import type { DesiredObject } from '../kubernetes/applier.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import type { Plan } from '../plan/plan.ts';
import { SILVER } from '../plan/stages.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { PipelineRun } from '../resources/pipeline-run.ts';
import { failed, succeeded, type RunUpdate } from '../runs/run-outcome.ts';
import type { PipelineServers } from '../servers/pipeline-servers.ts';
import { isCode } from '../kubernetes/api-error.ts';

export type RunContext = {
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly api: ApiServer;
  readonly servers: PipelineServers | undefined;
  /** An object as the API server has it; undefined when it is not there. */
  readonly find: (object: DesiredObject) => Promise<KubernetesObject | undefined>;
  readonly now: number;
};

const ANSWER_MS = 60_000;

/** Does what a run asks others for. May be done again: what it asks for can be repeated. */
export async function performRun(run: PipelineRun, context: RunContext): Promise<RunUpdate> {
  try {
    if (run.spec.type === 'Validate') return await validate(run, context);
    return await replayQuarantine(run, context);
  } catch (error) {
    return failed(run, context.now, 'NotDone', oneLine(error));
  }
}

async function validate(run: PipelineRun, { plan, api, find, now, servers }: RunContext): Promise<RunUpdate> {
  const findings: string[] = [];
  const setUp = servers?.snapshot.setUp;
  if (setUp?.state !== 'Done')
    findings.push(setUp === undefined ? 'servers are not known' : `set-up: ${setUp.message}`);
  const objects = [...plan.stages.map(({ existing }) => existing), ...plan.others];
  for (const one of objects) findings.push(...(await differences(api, one, await find(one))));
  for (const { kind, name } of plan.deletions) findings.push(`${kind.kind} ${name.name} would be deleted`);
  const message = findings.length === 0 ? 'nothing would change' : `${findings.length} things would change`;
  return succeeded(run, now, message, { findings: findings.map((finding) => finding.slice(0, 1024)).slice(0, 100) });
}

/** The API server does everything but keep it, and says what it would have kept. */
async function differences(
  api: ApiServer,
  one: DesiredObject,
  found: KubernetesObject | undefined,
): Promise<readonly string[]> {
  const name = `${one.kind.kind} ${one.object.metadata.name}`;
  try {
    const made = await api.apply<KubernetesObject>(one.kind, one.object, 'tillstream-operator', { dryRun: true });
    if (found === undefined) return [`${name} would be made`];
    const isSame = (made.metadata.generation ?? 0) === (found.metadata.generation ?? 0);
    return isSame
      ? []
      : [`${name} would change${one.kind.kind === 'Deployment' ? ', and its pods would be replaced' : ''}`];
  } catch (error) {
    if (isCode(error, 400) || isCode(error, 422) || isCode(error, 403))
      return [`${name} would be refused: ${oneLine(error)}`];
    throw error;
  }
}

async function replayQuarantine(run: PipelineRun, { pipeline, servers, now }: RunContext): Promise<RunUpdate> {
  const signal = servers?.signal;
  if (signal === undefined)
    return failed(run, now, 'NoNats', 'the pipeline has no NATS to send commands by: add spec.nats');
  const instances = servers!.snapshot.measured?.stages.get(SILVER.name)?.presences.length ?? 0;
  if (instances === 0) return failed(run, now, 'NotRunning', `no pod of ${SILVER.name} is there to do it`);
  const to = { pipeline: pipeline.metadata.name, service: SILVER.name };
  const what = { command: 'replay-quarantine', input: {}, timeoutMs: ANSWER_MS, count: instances };
  const answers = await sendCommandToAll(signal, to, what);
  const wrong = answers.find(({ ok }) => !ok);
  if (wrong?.ok === false) return failed(run, now, 'CommandFailed', `${wrong.instance}: ${wrong.error}`);
  if (answers.length < instances)
    return failed(run, now, 'NoAnswer', `${answers.length} of ${instances} pods answered`);
  const replayedRecords = answers.reduce((sum, answer) => sum + replayedIn(answer), 0);
  return succeeded(run, now, `${replayedRecords} records were sent again`, { replayedRecords });
}

function replayedIn(answer: CommandAnswer): number {
  const { replayed } = (answer.ok ? answer.result : {}) as { readonly replayed?: unknown };
  return typeof replayed === 'number' ? replayed : 0;
}
