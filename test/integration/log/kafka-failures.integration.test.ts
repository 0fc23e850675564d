import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Log } from '@tillstream/log';
import kafkajs, { type Admin } from 'kafkajs';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { kafkaFixture } from './kafka-fixture.ts';
import { eventually } from './log-contract.ts';
import { Member } from './member.ts';
import { valuesBatch } from './records.ts';

const { Kafka, logLevel } = kafkajs;

describe.each(['4.1', '3.9'] as const)('Kafka %s', (version) => {
  const kafka = kafkaFixture(version);
  const logs: Log[] = [];
  afterEach(async () => {
    await Promise.all(logs.splice(0).map(async (log) => log.close()));
  });

  const openTopic = async (partitions: number): Promise<{ readonly log: Log; readonly topic: string }> => {
    const log = await kafka.open();
    logs.push(log);
    const topic = `sales-${randomUUID()}`;
    await log.createTopics([{ name: topic, partitions, cleanup: 'delete' }]);
    return { log, topic };
  };

  test.each(['stop', 'kill'] as const)(
    'a broker restart (%s) loses and doubles nothing, and nobody fails',
    async (how) => {
      const { log, topic } = await openTopic(2);
      const members = [new Member(log, topic), new Member(log, topic)];
      await Promise.all(members.map(async ({ consumer }) => consumer.start()));
      await eventually(() => expect(members.map(({ held }) => held.size)).toEqual([1, 1]));
      let produced = 0;
      let isProducing = true;
      onTestFinished(() => {
        isProducing = false;
      });
      const producing = (async () => {
        while (isProducing) {
          await log.produce([valuesBatch({ topic, partition: produced % 2 }, [`${produced}`])]);
          produced++;
        }
      })();
      await eventually(() => expect(produced).toBeGreaterThan(50));
      await kafka.restart(how);
      const producedAtRestart = produced;
      await eventually(() => expect(produced).toBeGreaterThan(producedAtRestart + 50));
      isProducing = false;
      await producing;
      const seen = (): string[] => members.flatMap(({ values }) => values);
      await eventually(() => expect(new Set(seen()).size).toBe(produced));
      expect(members.flatMap(({ offences, failures }) => [...offences, ...failures])).toEqual([]);
      const ends = (await log.offsets(topic)).map(({ end }) => end);
      // One offset for each record: what was sent twice, because its answer was lost, is stored once.
      expect(ends[0]! + ends[1]!).toBe(produced);
    },
  );

  test('while the brokers are away a consumer can be stopped, its last commit refused, and one gives up in time', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a'])]);
    const member = new Member(log, topic);
    const written = Promise.withResolvers<void>();
    let refusal: unknown;
    member.onBatch = async (batch) => {
      await written.promise;
      await member.consumer.commit([batch]).catch((error: unknown) => {
        refusal = error;
      });
    };
    await member.consumer.start();
    const impatientLog = await kafka.open({ timings: { stalledMs: 2_000 } });
    logs.push(impatientLog);
    const impatient = new Member(impatientLog, topic, { group: `others-${topic}` });
    await impatient.consumer.start();
    await eventually(() => expect([...member.values, ...impatient.values]).toEqual(['a', 'a']));
    await kafka.takeDown();
    const stopped = member.consumer.stop();
    written.resolve();
    await stopped;
    await eventually(() => expect(impatient.failures.join()).toMatch(/no broker has answered for .*\/0 in 2 s/));
    await kafka.bringBack();
    expect(refusal).toMatchObject({ name: 'LogError', code: 'unavailable' });
    expect(await log.committed(`readers-of-${topic}`, topic)).toEqual([undefined]);
  });

  test('a handler may take longer than the session, in assigned and in batch, and still commits', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a'])]);
    const member = new Member(log, topic);
    const slowly = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 7_000));
    member.onAssigned = slowly;
    member.onBatch = async (batch) => {
      await slowly();
      await member.consumer.commit([batch]);
    };
    await member.consumer.start();
    await eventually(async () => expect(await log.committed(`readers-of-${topic}`, topic)).toEqual([1]));
    expect(member.calls).toEqual(['assigned 0', 'batch 0 a']);
  });

  test('a stopped process loses its partitions, and when it wakes up it commits nothing for them', async () => {
    const { log, topic } = await openTopic(1);
    const group = `readers-of-${topic}`;
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b'])]);
    const zombie = spawnZombie(kafka.brokers(), topic, group);
    await eventually(() => expect(zombie.lines).toEqual(['assigned 0', 'batch 0 to 2']));
    zombie.child.kill('SIGSTOP');
    const heir = new Member(log, topic, { maxBatchBytes: 1 });
    await heir.consumer.start();
    await eventually(async () => expect(await log.committed(group, topic)).toEqual([2]));
    await log.produce([valuesBatch({ topic, partition: 0 }, ['c'])]);
    await eventually(async () => expect(await log.committed(group, topic)).toEqual([3]));
    zombie.child.stdin.write('commit\n');
    zombie.child.kill('SIGCONT');
    await eventually(() => {
      expect(zombie.lines).toContain('revoked 0');
      expect(zombie.lines).toContain('commit over 0 to 2');
    });
    expect(zombie.lines.indexOf('revoked 0')).toBeLessThan(zombie.lines.indexOf('confirmed'));
    expect(await log.committed(group, topic)).toEqual([3]);
    expect(heir.values).toEqual(['a', 'b', 'c']);
    expect([heir.offences, heir.failures]).toEqual([[], []]);
  });

  test('a process that died is followed at once by one of its name', async () => {
    const { log, topic } = await openTopic(1);
    const group = `readers-of-${topic}`;
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a'])]);
    const dead = spawnZombie(kafka.brokers(), topic, group, '30000');
    await eventually(() => expect(dead.lines).toEqual(['assigned 0', 'batch 0 to 1']));
    dead.child.kill('SIGKILL');
    const stranger = new Member(log, topic);
    await stranger.consumer.start();
    const named = await kafka.open({ clientId: 'zombie', isOnlyOfItsName: true });
    logs.push(named);
    const diedAt = performance.now();
    const successor = new Member(named, topic);
    await successor.consumer.start();
    await eventually(async () => expect(await log.committed(group, topic)).toEqual([1]));
    expect(performance.now() - diedAt).toBeLessThan(15_000);
    expect([...successor.values, ...stranger.values]).toEqual(['a']);
    expect([successor.failures, stranger.failures]).toEqual([[], []]);
  });

  test('a member that was put out and is asked to confirm while it joins again stays in then', async () => {
    const { topic } = await openTopic(3);
    const open = async (options: Parameters<typeof kafka.open>[0]): Promise<Member> => {
      const log = await kafka.open(options);
      logs.push(log);
      return new Member(log, topic);
    };
    // Its heartbeat is what the others wait for when they join.
    const slow = await open({ timings: { sessionMs: 6_000, heartbeatMs: 2_000, rebalanceMs: 10_000 } });
    const expelled = await open({ clientId: 'twin' });
    await Promise.all([slow.consumer.start(), expelled.consumer.start()]);
    await eventually(() => expect(slow.held.size * expelled.held.size).toBe(2));
    const twin = await open({ clientId: 'twin', isOnlyOfItsName: true });
    await twin.consumer.start();
    await eventually(() => expect(expelled.held.size).toBe(0));
    const before = expelled.calls.length;
    await expelled.consumer.confirm();
    const members = [slow, expelled, twin];
    await eventually(() => expect(members.map(({ held }) => held.size)).toEqual([1, 1, 1]));
    expect(expelled.calls.slice(before)).toEqual([expect.stringMatching(/^assigned/)]);
    expect(members.flatMap(({ offences, failures }) => [...offences, ...failures])).toEqual([]);
  });

  test('a position is read before assigned, so no commit that comes meanwhile is jumped to', async () => {
    const { log, topic } = await openTopic(1);
    await log.produce([valuesBatch({ topic, partition: 0 }, ['a', 'b'])]);
    const member = new Member(log, topic);
    member.onAssigned = async () => member.consumer.commit([{ topic, partition: 0, nextOffset: 2 }]);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['a', 'b']));
  });

  test('records removed before they were read end the consumer in the middle of a run, with their number', async () => {
    const { log, topic } = await openTopic(1);
    const values = Array.from({ length: 20 }, (_, index) => `${index}`);
    await log.produce([valuesBatch({ topic, partition: 0 }, values)]);
    const member = new Member(log, topic);
    await member.consumer.start();
    await eventually(async () => expect(await log.committed(`readers-of-${topic}`, topic)).toEqual([20]));
    await removeRecords(kafka.brokers(), topic, 15);
    member.consumer.seek({ topic, partition: 0, nextOffset: 12 });
    await eventually(() =>
      expect(member.failures.join()).toMatch(
        /3 records of .*\/0 were removed before they were read .* reset of its offsets/,
      ),
    );
    expect(await log.committed(`readers-of-${topic}`, topic)).toEqual([20]);
    // Outside of a group, the first record at or after the position is what was asked for.
    expect((await log.read({ topic, partition: 0, nextOffset: 3 }, 1 << 20))!.offsets[0]).toBe(15);
  });

  test('a topic that somebody has given more partitions is refused', async () => {
    const log = await kafka.open();
    logs.push(log);
    const topic = `sales-${randomUUID()}`;
    await log.createTopics([{ name: topic, partitions: 1, cleanup: 'delete' }]);
    await addPartition(kafka.brokers(), topic);
    const late = await kafka.open();
    logs.push(late);
    const again = late.createTopics([{ name: topic, partitions: 1, cleanup: 'delete' }]);
    await expect(again).rejects.toMatchObject({ code: 'partition_mismatch' });
  });

  test('records that the broker does not take are named as such, and the producer goes on', async () => {
    const { log, topic } = await openTopic(1);
    const compacted = `compacted-${topic}`;
    await log.createTopics([{ name: compacted, partitions: 1, cleanup: 'compact' }]);
    const target = { topic, partition: 0 };
    // Random, so that no compression makes it small.
    const large = randomBytes(1_500_000).toString('hex');
    for (const batch of [valuesBatch(target, [large]), valuesBatch({ topic: compacted, partition: 0 }, ['no key'])]) {
      await expect(log.produce([batch])).rejects.toMatchObject({ code: 'invalid_batch' });
    }
    await log.produce([valuesBatch(target, ['small'])]);
    expect(await log.offsets(topic)).toEqual([{ start: 0, end: 1 }]);
  });
});

async function withAdmin(brokers: string, work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await work(admin);
  await admin.disconnect();
}

/** As retention does. */
async function removeRecords(brokers: string, topic: string, before: number): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    // So that it knows who leads the partition.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
  });
}

async function addPartition(brokers: string, topic: string): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    // The broker that answers hears of it a little later.
    await eventually(async () => expect(await partitionsOf(admin, topic)).toBe(2));
  });
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]!.partitions.length;
}

type Zombie = {
  readonly child: ReturnType<typeof spawn> & { readonly stdin: NodeJS.WritableStream };
  readonly lines: string[];
};

function spawnZombie(...args: readonly string[]): Zombie {
  const main = new URL('zombie-main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--conditions=@tillstream/source', main, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child: child as Zombie['child'], lines };
}
