export { parseCron, type CronTimes } from './cron.ts';
export { planSchedule } from './plan.ts';
export * from './schedule.ts';
