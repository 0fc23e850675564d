import { Life, type LifeState } from './world/life.ts';
import type { StageName } from './world/stages.ts';
import type { World } from './world/world.ts';

/** A group may hold this many members, and this many more may haunt it. */
const MOST_MEMBERS = 2;
const MOST_LIVES = 4;

/** All workers that are alive in a world. */
export class Population {
  readonly world: World;
  #lives: Life[] = [];
  #born = 0;

  constructor(world: World) {
    this.world = world;
  }

  get alive(): readonly Life[] {
    return this.#lives;
  }

  of(stage: StageName, state?: LifeState): readonly Life[] {
    return this.#lives.filter((life) => life.isAlive && life.stage === stage && (state ?? life.state) === life.state);
  }

  /** A new worker joins its group, if there is room. */
  spawn(stage: StageName): void {
    if (this.of(stage, 'member').length < MOST_MEMBERS && this.of(stage).length < MOST_LIVES) this.#start(stage);
  }

  #start(stage: StageName): void {
    const life = new Life(this.world, stage, `${stage}-${++this.#born}`);
    this.say(life, 'starts');
    this.#lives.push(life);
  }

  /** Forgets the dead. Returns a worker that died of a bug. */
  bury(): Life | undefined {
    if (this.#lives.every((life) => life.isAlive)) return undefined;
    const victim = this.#lives.find((life) => life.bug !== undefined);
    this.#lives = this.#lives.filter((life) => life.isAlive);
    return victim;
  }

  /** Ends the misfortunes: from now on somebody healthy reads every partition. Zombies may live on. */
  heal(): void {
    const { dice } = this.world;
    for (const life of this.#lives) {
      life.worker.resume();
      life.reloadReference();
      if (life.state !== 'member' || dice.chance(0.3)) this.#endOrSpare(life);
    }
    this.bury();
    for (const stage of this.world.stages) this.world.group(stage).rebalance();
    this.restaff();
  }

  /** Starts a worker where none is left; false when nothing was to be done. */
  restaff(): boolean {
    const deserted = this.world.stages.filter((stage) => this.of(stage, 'member').length === 0);
    for (const stage of deserted) this.#start(stage);
    return deserted.length > 0;
  }

  say(life: Life, what: string | (() => string)): void {
    this.world.note(() => `${life.name} ${typeof what === 'string' ? what : what()}`);
  }

  #endOrSpare(life: Life): void {
    if (this.world.dice.chance(0.5)) life.kill();
    else if (life.state === 'member') life.becomeZombie();
  }
}
