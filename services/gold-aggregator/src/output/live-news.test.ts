import { expect, test } from 'vitest';
import { LiveNews } from './live-news.ts';

test('a turn that touches very many items of a store is told in several messages, each whole, in order', () => {
  const news = new LiveNews('shop', (subject) => !subject.endsWith('.20'));
  const row = (index: number): string => JSON.stringify({ store_id: 19, item_id: index, text: 'x'.repeat(150) });
  for (let index = 0; index < 5000; index++) {
    news.add(19, row(index));
    news.add(20, row(index));
  }
  news.add(21, row(1));
  const messages = news.build();
  const ofStore = messages.filter(({ subject }) => subject === 'tillstream.shop.inventory.19');
  expect(messages).toHaveLength(ofStore.length + 1);
  expect(ofStore.length).toBeGreaterThan(3);
  for (const { payload } of ofStore) expect(payload.length).toBeLessThanOrEqual(256 * 1024 + 2);
  const rows = ofStore.flatMap(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as { item_id: number }[]);
  expect(rows.map((one) => one.item_id)).toEqual(Array.from({ length: 5000 }, (_, index) => index));
});
