import { withActions, type Action, type Expectation } from '@tillstream/inventory';
import { wholeNumber } from '@tillstream/runtime';
import { z } from 'zod';

const ACTIONS: readonly Action[] = ['warn', 'drop', 'quarantine', 'fail'];

/** Settings of the silver stage, by their names in the environment. */
export const silverConfig = z.object({
  SILVER_HOT_LINES: wholeNumber(1, 2 ** 20, 'fewer mean more look-ups in the store, more cost 34 bytes each'),
  SILVER_FILTER_BYTES: wholeNumber(64, 512 * 2 ** 20, 'too small a filter sends every line to the store'),
  SILVER_LATE_AFTER_SECONDS: wholeNumber(1, 3600, 'lines behind their store by more are counted as late'),
  SILVER_REFERENCE_CHECK_SECONDS: wholeNumber(
    1,
    30,
    'records of a new store wait in quarantine until reference data is looked at again',
  ),
  /** Other actions for declared expectations: `known_item=drop,non_negative_count=quarantine`. */
  EXPECTATION_ACTIONS: z.string().default('').transform(parseActions),
});

export type SilverConfig = z.output<typeof silverConfig>;

function parseActions(text: string, context: z.RefinementCtx): readonly Expectation[] {
  const actions: Record<string, Action> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', action = ''] = pair.split('=').map((part) => part.trim());
    if (!ACTIONS.includes(action as Action)) {
      context.addIssue(`must be name=action pairs with one of ${ACTIONS.join(', ')}, not ${pair}`);
      return z.NEVER;
    }
    actions[name] = action as Action;
  }
  try {
    return withActions(actions);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}
