import { Dice } from '../support/dice.ts';
import { misfortune } from './chaos.ts';
import { Population } from './population.ts';
import type { Sent } from './traffic/meaning.ts';
import { drawTraffic } from './traffic/traffic.ts';
import { differences } from './truth/compare.ts';
import { FullRefresh } from './world/full-refresh.ts';
import type { Life } from './world/life.ts';
import type { Operation } from './world/operations.ts';
import { World, type Sabotage } from './world/world.ts';

export type SimulationOptions = { readonly sabotage?: Sabotage | undefined; readonly traced?: boolean };

export type Outcome = {
  readonly seed: number;
  /** Empty when everything is as it must be. */
  readonly problems: readonly string[];
  readonly steps: number;
  readonly trace: readonly string[];
};

/** Beyond any healthy run; who takes longer goes round in circles. */
const MOST_STEPS = 50_000;

/**
 * One simulated day: records come in, workers run, everything that can go wrong goes wrong; then the misfortunes end,
 * all catch up, and every table must hold exactly what the batch formula says. The seed decides everything.
 */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const dice = new Dice(seed);
  const world = new World(dice, options.sabotage, options.traced ?? false);
  const population = new Population(world);
  const run = new Run(world, population, drawTraffic(dice));
  // Dice of its own: what the others throw, and so all days without a refresh, stay as they were.
  const refreshDice = new Dice(seed ^ 0x5eed);
  if (refreshDice.chance(0.25)) run.refresh = { dice: refreshDice, steps: new FullRefresh(population, refreshDice) };
  const problems = await run.toTheEnd();
  return { seed, problems, steps: run.steps, trace: world.trace ?? [] };
}

class Run {
  steps = 0;
  refresh: { readonly dice: Dice; readonly steps: FullRefresh } | undefined;
  readonly #world: World;
  readonly #population: Population;
  readonly #traffic: readonly Sent[];
  readonly #misfortuneShare: number;
  readonly #mostAtOnce: number;
  /** After so many records the reference data grows, in some days. */
  readonly #growsAfter: number;
  #sent = 0;

  constructor(world: World, population: Population, traffic: readonly Sent[]) {
    this.#world = world;
    this.#population = population;
    this.#traffic = traffic;
    this.#misfortuneShare = world.dice.pick([0, 0.01, 0.03, 0.06]);
    this.#mostAtOnce = world.dice.pick([1, 3, 8]);
    this.#growsAfter = world.dice.chance(0.3) ? world.dice.below(traffic.length) : Number.POSITIVE_INFINITY;
  }

  async toTheEnd(): Promise<readonly string[]> {
    const { dice } = this.#world;
    for (const stage of this.#world.stages) {
      for (let workers = dice.between(1, 2); workers > 0; workers--) this.#population.spawn(stage);
    }
    const bug = (await this.#live()) ?? (await this.#recover());
    if (bug !== undefined) return [bug];
    return differences(this.#world);
  }

  /** Until everything has been sent and some time has passed. */
  async #live(): Promise<string | undefined> {
    const { dice } = this.#world;
    for (let rest = dice.between(0, 100); rest > 0;) {
      const victim = await this.#settle();
      if (victim !== undefined) return bugOf(victim);
      const isAllSent = this.#sent === this.#traffic.length;
      if (isAllSent) rest--;
      this.#refreshSometimes();
      if (dice.chance(this.#misfortuneShare)) misfortune(this.#population);
      else if (!isAllSent && dice.chance(0.25)) this.#send();
      else if (!this.#advance() && !isAllSent) this.#send();
    }
    return undefined;
  }

  #refreshSometimes(): void {
    if (this.refresh?.dice.chance(0.03) === true) this.refresh.steps.step();
  }

  /** Without further misfortunes, until nothing is left to do. */
  async #recover(): Promise<string | undefined> {
    const lastVictim = await this.#settle();
    if (lastVictim !== undefined) return bugOf(lastVictim);
    this.#world.note(() => 'the misfortunes end');
    this.#population.heal();
    for (;;) {
      const victim = await this.#settle();
      if (victim !== undefined) return bugOf(victim);
      // A worker may still die of what befell it before.
      const isAtRest = !this.#advance() && !this.#population.restaff() && this.#world.replayQuarantine() === 0;
      if (isAtRest && this.refresh?.steps.step() !== true) return undefined;
      if (this.steps > MOST_STEPS) return 'does not come to rest';
    }
  }

  /** Lets every worker go on until it waits for something again. */
  async #settle(): Promise<Life | undefined> {
    await new Promise((resolve) => process.nextTick(resolve));
    this.steps++;
    this.#world.now++;
    return this.#population.bury();
  }

  /** Some records come, one by one or many at once. */
  #send(): void {
    const until = Math.min(this.#traffic.length, this.#sent + this.#world.dice.between(1, this.#mostAtOnce));
    while (this.#sent < until) this.#world.send(this.#traffic[this.#sent++]!);
    if (this.#sent > this.#growsAfter) this.#reload();
  }

  /** The reference data grows, unless it has; not everybody hears of it. What waited for it is sent again. */
  #reload(): void {
    const { dice, hasGrown } = this.#world;
    if (hasGrown && !dice.chance(0.1)) return;
    this.#world.growReference();
    for (const life of this.#population.alive) if (dice.chance(0.7)) life.reloadReference();
    this.#world.replayQuarantine();
  }

  /** One thing happens that somebody waits for; false when there is none. */
  #advance(): boolean {
    const { dice, orphans } = this.#world;
    if (orphans.length > 0 && dice.chance(0.05)) return this.#advanceOrphan(dice.pick(orphans));
    const busy = this.#population.alive.filter((life) => life.isBusy);
    if (busy.length === 0) return orphans.length > 0 && this.#advanceOrphan(dice.pick(orphans));
    const life = pickBySpeed(busy, dice);
    const { fetchable, operations } = life;
    const choice = dice.below(fetchable.length + operations.pending.length);
    if (choice < fetchable.length) {
      life.fetch(fetchable[choice]!);
    } else {
      const operation = operations.pending[choice - fetchable.length]!;
      this.#population.say(life, operation.label);
      operations.advance(operation);
    }
    return true;
  }

  /** A request arrives whose sender is dead: in whole, in part, or never. */
  #advanceOrphan(orphan: Operation): true {
    const { dice, orphans } = this.#world;
    const isLost = dice.chance(0.2);
    this.#world.note(() => `after its sender's death: ${orphan.label()} ${isLost ? 'is lost' : 'arrives'}`);
    if (!isLost) orphan.parts.shift()?.();
    if (isLost || orphan.parts.length === 0) orphans.splice(orphans.indexOf(orphan), 1);
    return true;
  }
}

function pickBySpeed(lives: readonly Life[], dice: Dice): Life {
  let choice = (dice.uint32() / 2 ** 32) * lives.reduce((sum, { speed }) => sum + speed, 0);
  for (const life of lives) {
    choice -= life.speed;
    if (choice < 0) return life;
  }
  return lives.at(-1)!;
}

function bugOf({ name, bug }: Life): string {
  return `${name} failed: ${bug?.stack ?? bug?.message ?? ''}`;
}
