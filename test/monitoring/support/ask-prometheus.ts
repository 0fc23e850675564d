export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: number };

/** 0 divided by 0 is none. */
export function isFigure({ value }: Sample): boolean {
  return Number.isFinite(value);
}

/** What an expression gives now. Throws with Prometheus's words when it is not one. */
export async function askPrometheus(url: string, expr: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
  const answer = (await response.json()) as {
    error?: string;
    data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (answer.data === undefined) throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

export async function metricNames(url: string): Promise<ReadonlySet<string>> {
  const response = await fetch(`${url}/api/v1/label/__name__/values`);
  return new Set(((await response.json()) as { data: string[] }).data);
}
