import { requireTool, run } from '@tillstream/stack';
import { join } from 'node:path';

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.92.0';
const SUM = 'h1:tAbsod3+9sQsxDeAvLP27dAe9terToht5M+YdDwLGP0=';
const KINDS = ['podmonitors', 'servicemonitors', 'prometheusrules'];

/** Files with the kinds that the Prometheus operator brings to a cluster. Go keeps the module in its own cache. */
export async function prometheusKinds(): Promise<readonly string[]> {
  const answer = await run(requireTool('go'), ['mod', 'download', '-json', MODULE]);
  const { Dir: folder, Sum: sum } = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string };
  if (sum !== SUM) throw new Error(`${MODULE} has the checksum ${sum}, where ${SUM} is pinned`);
  return KINDS.map((name) => join(folder, 'example/prometheus-operator-crd', `monitoring.coreos.com_${name}.yaml`));
}
