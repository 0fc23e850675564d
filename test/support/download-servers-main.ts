/** Fetches and builds what the tests' servers need, with a line for each. */
import { downloadServers } from '@tillstream/stack';

await downloadServers((line) => console.log(line));
