import type { ObjectEvent } from '../kubernetes/event-recorder.ts';
import type { Condition } from '../resources/condition.ts';

/** Conditions whose changes are told, and which status of each is the bad one. */
const TOLD: Readonly<Record<string, { readonly bad: Condition['status']; readonly isQuiet?: true }>> = {
  Ready: { bad: 'False' },
  Accepted: { bad: 'False' },
  TopicsReady: { bad: 'False' },
  StorageReady: { bad: 'False' },
  Stalled: { bad: 'True' },
  ScalingLimited: { bad: 'True' },
  Drained: { bad: 'Unknown' },
  ReconciliationPaused: { bad: 'Unknown' },
};

/** An event for each condition that has another status, or is bad for another reason. */
export function transitionEvents(before: readonly Condition[], now: readonly Condition[]): readonly ObjectEvent[] {
  return now.flatMap((condition) => {
    const { type, status, reason, message } = condition;
    const told = TOLD[type];
    const known = before.find((one) => one.type === type);
    if (told === undefined || status === 'Unknown') return [];
    const isBad = status === told.bad;
    const isNews = known === undefined ? isBad : known.status !== status || (isBad && known.reason !== reason);
    if (!isNews) return [];
    const text = `${type} is ${status}${message === '' ? '' : `: ${message}`}`;
    return [
      {
        type: isBad ? 'Warning' : 'Normal',
        reason,
        action: 'Reconcile',
        message: text,
        repeatKey: `${type} ${status}`,
      },
    ];
  });
}
