export { parseCron, type CronTimes } from './cron.ts';
export { planSchedule, runName } from './plan.ts';
export * from './schedule.ts';
