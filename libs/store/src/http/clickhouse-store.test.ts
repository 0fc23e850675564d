import { describe } from 'vitest';

import { startEndpoint } from '../endpoint/endpoint.ts';
import { describeStore, type Opened } from '../testing/store-contract.ts';
import { temporaryFolder } from '../testing/temporary-store.ts';
import { openClickHouseStore } from './open-clickhouse-store.ts';

async function httpStore(): Promise<Opened> {
  const folder = await temporaryFolder();
  const endpoint = await startEndpoint({ path: folder.path, port: 0 });
  const store = await openClickHouseStore({ url: endpoint.url });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await endpoint.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('a store over HTTP', () => {
  describeStore(httpStore);
});
