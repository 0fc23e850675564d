import { downloadServers } from '@tillstream/stack';

/** Before the tests that start servers: none of them waits for a download. */
export default async function setup(): Promise<void> {
  await downloadServers((line) => console.log(line));
}
