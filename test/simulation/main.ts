import { parseArgs } from 'node:util';
import { PLANTED_BUGS, type PlantedBug } from './planted/bugs.ts';
import { plant } from './planted/plant.ts';

const USAGE = `simulate [--seeds 1000] [--from 1]   runs that many seeds and stops at the first that goes wrong
simulate --seed N --trace            runs one and tells everything that happened
simulate --planted 'NAME'            the same with a planted bug: goes wrong, or the simulation is blind`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    planted: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const bug = bugNamed(values.planted);
  if (bug !== undefined) plant(bug);
  // Imported only now: a planted bug must be in place before the code that it is planted in.
  const { runSeeds } = await import('./run-seeds.ts');
  const from = number('from', values.seed ?? values.from);
  const seeds = values.seed === undefined ? number('seeds', values.seeds) : 1;
  const failure = await runSeeds({
    from,
    seeds,
    sabotage: bug?.sabotage,
    traced: values.trace,
    progress: (done) => console.log(`${done} of ${seeds} seeds`),
  });
  if (failure === undefined) {
    console.log(`${seeds} seeds from ${from}: 0 differences`);
  } else {
    for (const line of failure.trace) console.log(line);
    console.log(`seed ${failure.seed} goes wrong, after ${failure.seed - from + 1} seeds:`);
    for (const problem of failure.problems) console.log(`  ${problem}`);
    if (!values.trace) console.log(`--seed ${failure.seed} --trace tells how`);
    process.exitCode = 1;
  }
}

function bugNamed(name: string | undefined): PlantedBug | undefined {
  if (name === undefined) return undefined;
  const bug = PLANTED_BUGS.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`there are ${PLANTED_BUGS.map((one) => `'${one.name}'`).join(', ')}`);
  return bug;
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option} takes a whole number from 1, not ${text}`);
  return value;
}
