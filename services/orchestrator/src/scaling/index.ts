export { decideScaling } from './decide.ts';
export * from './decision.ts';
export { NO_MEMORY, restoreScalingMemory, type ScalingMemory } from './memory.ts';
export * from './observation.ts';
export * from './policy.ts';
