import type { Store } from '../port.ts';
import { auditSql, explainSql, type AuditOptions } from './auditor.sql.ts';

export type Audit = {
  /** Rows of `inventory_current`. */
  readonly rows: number;
  /** Rows and records that are not as bronze says they should be. */
  readonly differences: number;
};

/** A difference, for people. */
export type Difference = {
  readonly what: string;
  readonly subject: string;
  readonly expected: string;
  readonly actual: string;
};

/** Recomputes gold and quarantine from bronze and counts what differs. */
export async function audit(store: Pick<Store, 'query'>, options: AuditOptions = {}): Promise<Audit> {
  const [row] = await store.query<{ rows: string; differences: string }>(auditSql(options));
  return { rows: Number(row!.rows), differences: Number(row!.differences) };
}

/** The first `limit` differences. */
export async function explainDifferences(
  store: Pick<Store, 'query'>,
  limit: number,
  options: AuditOptions = {},
): Promise<readonly Difference[]> {
  return store.query<Difference>(explainSql(options), { limit });
}
