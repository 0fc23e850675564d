import { replaySource, syntheticSource, writeReferenceData, type Pace, type Source } from '@tillstream/generator';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoOptions } from '../options.ts';

const REFERENCE_FILE = /^(store|item|inventory_change_type)\.txt(\.gz)?$/;

/** What a demo feeds to the pipeline. */
export type Input = {
  readonly source: Source;
  readonly pace: Pace;
  /** About how many records and count files it has. */
  readonly steps: number;
  readonly writeReference: (folder: string) => Promise<void>;
};

export async function openInput(options: DemoOptions): Promise<Input> {
  return options.replay === undefined ? syntheticInput(options) : replayInput(options, options.replay);
}

function syntheticInput({ recordsPerSecond, seed, transactions }: DemoOptions): Input {
  const source = syntheticSource({ seed, transactions });
  return {
    source,
    pace: recordsPerSecond === undefined ? { kind: 'flatOut' } : { kind: 'rate', recordsPerSecond },
    steps: transactions,
    writeReference: async (folder) => {
      await writeReferenceData(folder, { seed, transactions });
    },
  };
}

async function replayInput({ shuffle, speedFactor }: DemoOptions, folder: string): Promise<Input> {
  const source = await replaySource({ folder, ...(shuffle === undefined ? {} : { shuffleSeed: shuffle }) });
  return {
    source,
    pace: speedFactor === undefined ? { kind: 'flatOut' } : { kind: 'speed', factor: speedFactor },
    steps: source.records + source.countFiles,
    writeReference: async (target) => {
      await mkdir(target, { recursive: true });
      for (const name of await readdir(source.referenceFolder)) {
        if (REFERENCE_FILE.test(name)) await copyFile(join(source.referenceFolder, name), join(target, name));
      }
    },
  };
}
