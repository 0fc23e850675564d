import type { Operation } from './world/operations.ts';
import type { StageName } from './world/stages.ts';
import type { Population } from './population.ts';

/** A misfortune, and how often it happens beside the others. */
type Misfortune = { readonly weight: number; readonly befall: (population: Population, stage: StageName) => void };

const MISFORTUNES: readonly Misfortune[] = [
  { weight: 4, befall: kill },
  { weight: 4, befall: loseContact },
  { weight: 3, befall: (population, stage) => population.spawn(stage) },
  { weight: 2, befall: rejoin },
  { weight: 2, befall: leave },
  { weight: 2, befall: (population, stage) => population.world.group(stage).rebalance() },
  { weight: 2, befall: rewindCommit },
  { weight: 2, befall: reread },
  { weight: 4, befall: failOperation },
  { weight: 2, befall: loseCommit },
  { weight: 1, befall: pauseOrResume },
];

const ROULETTE = MISFORTUNES.flatMap((misfortune) => Array.from({ length: misfortune.weight }, () => misfortune));

/** Something goes wrong in some stage, unless there is nothing it could happen to. */
export function misfortune(population: Population): void {
  const { dice, stages } = population.world;
  dice.pick(ROULETTE).befall(population, dice.pick(stages));
}

function kill(population: Population, stage: StageName): void {
  const { dice } = population.world;
  const victims = population.of(stage);
  if (victims.length === 0) return;
  const victim = dice.pick(victims);
  population.say(victim, 'is killed');
  victim.kill();
  // The group takes its time to notice.
  if (dice.chance(0.5)) population.world.group(stage).rebalance();
  if (dice.chance(0.7)) population.spawn(stage);
}

function loseContact(population: Population, stage: StageName): void {
  const members = population.of(stage, 'member');
  if (members.length === 0) return;
  const victim = population.world.dice.pick(members);
  population.say(victim, 'loses contact');
  victim.becomeZombie();
  population.world.group(stage).rebalance();
  if (members.length === 1) population.spawn(stage);
}

function rejoin(population: Population, stage: StageName): void {
  const zombies = population.of(stage, 'zombie');
  if (zombies.length === 0) return;
  const zombie = population.world.dice.pick(zombies);
  population.say(zombie, 'joins again');
  zombie.rejoin();
}

function leave(population: Population, stage: StageName): void {
  const members = population.of(stage, 'member');
  if (members.length === 0) return;
  const leaver = population.world.dice.pick(members);
  population.say(leaver, 'is asked to stop');
  leaver.leave();
  population.spawn(stage);
}

function rewindCommit({ world }: Population, stage: StageName): void {
  const group = world.group(stage);
  if (group.committed.size === 0) return;
  const what = group.rewind();
  world.note(() => `committed position of ${stage} goes back: ${what}`);
}

function reread(population: Population, stage: StageName): void {
  const able = population.of(stage).filter((life) => life.canReread);
  if (able.length === 0) return;
  const reader = population.world.dice.pick(able);
  const what = reader.rereads();
  population.say(reader, `reads ${what} again`);
}

function failOperation(population: Population, stage: StageName): void {
  const { dice } = population.world;
  const waiting = population.of(stage).filter((life) => life.operations.pending.length > 0);
  if (waiting.length === 0) return;
  const victim = dice.pick(waiting);
  const operation: Operation = dice.pick(victim.operations.pending);
  const how = victim.operations.fail(operation, dice);
  population.say(victim, () => `${operation.label()} ${how}`);
}

function loseCommit(population: Population, stage: StageName): void {
  for (const life of population.of(stage)) {
    const commit = life.operations.pending.find(({ kind }) => kind === 'commit');
    if (commit === undefined) continue;
    population.say(life, () => `${commit.label()} is lost`);
    life.operations.forget(commit);
    return;
  }
}

function pauseOrResume(population: Population, stage: StageName): void {
  for (const { worker } of population.of(stage)) {
    if (worker.status().state === 'paused') worker.resume();
    else worker.pause();
  }
}
