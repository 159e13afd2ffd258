// Sums of usage made ready for charts and tables.
import type { UsageRow } from '../lib/api/admin-types.ts';

export const DAY_SECONDS = 86_400;

export type Days = { days: number[]; rows: UsageRow[] };

/** One row for each day, also for those without a request. A row's name is its day since 1970. */
export function everyDay(rows: UsageRow[], last: number, count: number): Days {
  const known = new Map(rows.map((row) => [Number(row.name), row]));
  const days = Array.from({ length: count }, (_, index) => last - count + 1 + index);
  const none = { requests: 0, failures: 0, prompt_tokens: 0, completion_tokens: 0 };
  return { days, rows: days.map((day) => known.get(day) ?? { name: String(day), ...none }) };
}

export function sum(rows: UsageRow[]): UsageRow {
  const total = { name: '', requests: 0, failures: 0, prompt_tokens: 0, completion_tokens: 0 };
  for (const row of rows) {
    total.requests += row.requests;
    total.failures += row.failures;
    total.prompt_tokens += row.prompt_tokens;
    total.completion_tokens += row.completion_tokens;
  }
  return total;
}

/** The share that went well; nothing when there was nothing. */
export function successRate(row: { requests: number; failures: number }): number | undefined {
  return row.requests === 0 ? undefined : (row.requests - row.failures) / row.requests;
}

/** Rows as CSV. A cell that a spreadsheet would run as a formula is made a text. */
export function csv(header: string[], rows: (string | number | null)[][]): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? '' : String(value);
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
