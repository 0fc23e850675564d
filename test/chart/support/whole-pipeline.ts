import { leavesOf, withValue, type Leaf, type Schema } from './values-walk.ts';

/** What the schema's pattern asks for, and what goes together. */
const CHOICES: Readonly<Record<string, unknown>> = {
  mode: 'Triggered',
  'schedule.cron': '*/15 * * * *',
  'schedule.timeZone': 'Europe/Helsinki',
  'kafka.brokers': ['kafka:9092'],
  'kafka.mechanism': 'MskIam',
  'clickhouse.url': 'http://clickhouse:8123',
  'nats.servers': ['nats:4222'],
};

/** A Pipeline's spec in which every field is set. */
export function wholePipeline(spec: Schema): object {
  return leavesOf(spec).reduce<object>((values, leaf) => withValue(values, leaf.path, sampleOf(leaf)), {});
}

function sampleOf({ path, schema: { type, enum: choices, minimum = 1 } }: Leaf): unknown {
  const choice = CHOICES[path.join('.')] ?? choices?.[0];
  if (choice !== undefined) return choice;
  const samples: Readonly<Record<string, unknown>> = { integer: minimum, boolean: true, string: 'example' };
  return samples[String(type)] ?? mapSample(path.at(-1)!);
}

function mapSample(name: string): unknown {
  return name === 'expectations' ? { known_item: 'warn' } : { cpu: '123m' };
}
