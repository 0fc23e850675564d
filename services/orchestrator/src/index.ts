export * from './scaling/index.ts';
export * from './schedule/index.ts';
