import { expect, test } from 'vitest';
import { anObject } from '../kubernetes/testing/scripted-server.ts';
import { readDeployment, readPod } from './workload.ts';

const last = '{"level":50,"msg":"ends: ClickHouse knows no user tillstream"}';
const failed = { terminated: { exitCode: 1, reason: 'Error', message: `{"level":30,"msg":"started"}\n${last}\n` } };
const container = (changes: object) => ({
  status: { containerStatuses: [{ restartCount: 3, ready: false, state: {}, lastState: {}, ...changes }] },
});

test.each([
  ['a log line of the service', { state: failed }, 'exit code 1: ends: ClickHouse knows no user tillstream'],
  [
    'between restarts',
    { lastState: failed, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    'exit code 1: ends: ClickHouse knows no user tillstream',
  ],
  ['no log line', { state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }, 'exit code 137: OOMKilled'],
  [
    'of Node itself',
    { state: { terminated: { exitCode: 134, message: 'a\nFATAL ERROR: heap\n' } } },
    'exit code 134: FATAL ERROR: heap',
  ],
  ['in order', { state: { terminated: { exitCode: 0, reason: 'Completed' } } }, undefined],
  ['well again', { ready: true, lastState: failed }, undefined],
])('the last words of a pod: %s', (_, state, words) => {
  expect(readPod(anObject('pod', 1, container(state))).error).toBe(words);
});

test('how long the process ran before it ended', () => {
  const [startedAt, finishedAt] = ['2026-03-01T12:00:00Z', '2026-03-01T12:10:30Z'];
  const ended = { terminated: { exitCode: 1, startedAt, finishedAt } };
  expect(readPod(anObject('pod', 1, container({ lastState: ended }))).ranSeconds).toBe(630);
  expect(readPod(anObject('pod', 1, container({ state: failed }))).ranSeconds).toBe(0);
  expect(readPod(anObject('pod', 1, {})).ranSeconds).toBe(0);
});

test.each([
  [
    'no image',
    container({ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }),
    'ImagePullBackOff: no such image',
  ],
  [
    'no node',
    {
      status: {
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      },
    },
    'Unschedulable: 0/1 nodes',
  ],
  ['on its way', container({ state: { waiting: { reason: 'ContainerCreating' } } }), undefined],
  ['not looked at yet', {}, undefined],
])('why a pod cannot start: %s', (_, object, why) => {
  expect(readPod(anObject('pod', 1, object)).blocked).toBe(why);
});

test.each([
  [['tillstream-operator'], false],
  [['tillstream-operator', 'tillstream-autoscaler'], true],
  [['kube-controller-manager'], true],
])('a number of pods that %j have said stays: %s', (managers, isKept) => {
  const managedFields = managers.map((manager) => ({ manager, fieldsV1: { 'f:spec': { 'f:replicas': {} } } }));
  const object = anObject('deployment', 1, { spec: { replicas: 2 } });
  const withFields = { ...object, metadata: { ...object.metadata, managedFields } };
  expect(readDeployment(withFields)).toMatchObject({ wantedReplicas: 2, readyReplicas: 0, isReplicasKept: isKept });
});
