import { mix } from '../hashing/mix.ts';

/**
 * Partition of the silver topic that carries a (store, item): changes and counts of a key share it, so each key has
 * one order. Part of the contract: another function, or another number of partitions, needs a new era.
 */
export function blockPartition(storeId: number, itemId: number, partitions: number): number {
  return mix(Math.imul(storeId, 0x9e3779b1) ^ mix(itemId)) % partitions;
}
