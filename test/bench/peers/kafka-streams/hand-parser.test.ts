import { findCommand } from '@tillstream/stack';
import { expect, test } from 'vitest';
import { runJvm } from '../jvm/jvm-program.ts';
import { KAFKA_STREAMS_PROGRAM } from './kafka-streams.ts';

const canBuild = ['java', 'javac', 'mvn'].every((tool) => findCommand(tool) !== undefined);
if (!canBuild) console.log('peers: skipped the parser in Java, a JDK and Maven are not there');

// The first time it downloads the jars.
test.skipIf(!canBuild)(
  'what the hand-made parser reads by itself is what Jackson reads',
  { timeout: 600_000 },
  async () => {
    for (const seed of [1, Date.now()]) {
      const changedInPlace = await runJvm(KAFKA_STREAMS_PROGRAM, 'peers.streams.ParserFuzz', [String(seed), '50000']);
      expect(Number(changedInPlace), `seed ${seed}`).toBeGreaterThan(500);
    }
  },
);
