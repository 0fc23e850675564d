/** Current inventory by `store|item`. */
export type Answer = ReadonlyMap<string, number>;

export type AnswerRow = { readonly storeId: number; readonly itemId: number; readonly quantity: number };

export function answerOf(rows: Iterable<AnswerRow>): Answer {
  return new Map(Array.from(rows, ({ storeId, itemId, quantity }) => [`${storeId}|${itemId}`, quantity]));
}

/** What is wrong with an answer, the first few of it in words. */
export type Comparison = { readonly differences: number; readonly examples: readonly string[] };

const MAX_EXAMPLES = 3;

/** Every key that one of the two lacks, or that has another quantity, is a difference. */
export function compareAnswers(right: Answer, given: Answer): Comparison {
  const wrong: string[] = [];
  for (const key of new Set([...right.keys(), ...given.keys()])) {
    const [wanted, found] = [right.get(key), given.get(key)];
    if (wanted !== found) wrong.push(`${key} is ${found ?? 'missing'}, not ${wanted ?? 'there at all'}`);
  }
  return { differences: wrong.length, examples: wrong.slice(0, MAX_EXAMPLES) };
}
