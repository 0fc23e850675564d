import type { ObjectEvent } from '../kubernetes/event-recorder.ts';
import type { Condition } from '../resources/condition.ts';

type Told = {
  readonly bad: Condition['status'];
  /** Bad for another reason, or bad from the beginning, is no news: other conditions say why. */
  readonly isSum?: true;
  /** Passes by itself. */
  readonly except?: string;
};

/** Conditions whose changes are told. */
const TOLD: Readonly<Record<string, Told>> = {
  Ready: { bad: 'False', isSum: true },
  Accepted: { bad: 'False' },
  TopicsReady: { bad: 'False' },
  StorageReady: { bad: 'False' },
  StagesAvailable: { bad: 'False', except: 'StageNotReady' },
  Stalled: { bad: 'True' },
  GeneratorDone: { bad: 'False' },
  ScalingLimited: { bad: 'True' },
  Drained: { bad: 'Unknown' },
  ReconciliationPaused: { bad: 'Unknown' },
};

/** An event for each condition that has another status, or is bad for another reason. */
export function transitionEvents(before: readonly Condition[], now: readonly Condition[]): readonly ObjectEvent[] {
  return now.flatMap((condition) => {
    const { type, status, reason, message } = condition;
    const known = before.find((one) => one.type === type);
    const told = TOLD[type];
    if (told === undefined || reason === told.except || !isNews(told, known, condition)) return [];
    const text = `${type} is ${status}${message === '' ? '' : `: ${message}`}`;
    const repeatKey = `${type} ${status}`;
    return [
      { type: status === told.bad ? 'Warning' : 'Normal', reason, action: 'Reconcile', message: text, repeatKey },
    ];
  });
}

function isNews({ bad, isSum }: Told, before: Condition | undefined, { status, reason }: Condition): boolean {
  if (status === 'Unknown') return false;
  const isBad = status === bad;
  if (before === undefined) return isBad && isSum !== true;
  return before.status !== status || (isBad && isSum !== true && before.reason !== reason);
}
