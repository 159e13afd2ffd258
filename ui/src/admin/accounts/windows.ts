// The spans of time that upstream counts an account's use in, and what we call them.
import type { QuotaWindow } from '../../lib/api/admin-types.ts';
import { t } from '../i18n/texts.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Upstream's words for the two that all models share. */
const SECONDS: Record<string, number> = { primary: 5 * HOUR, secondary: 7 * DAY };

/** What was said longer ago than this is marked as old. */
export const OLD_SECONDS = 15 * 60;

export function fiveHoursOf(windows: QuotaWindow[]): QuotaWindow | undefined {
  return windows.find((it) => it.name === 'primary') ?? windows.find((it) => it.window_seconds === SECONDS['primary']);
}

export function weekOf(windows: QuotaWindow[]): QuotaWindow | undefined {
  return windows.find((it) => it.name === 'secondary') ?? windows.find((it) => it.window_seconds === SECONDS['secondary']);
}

/** "5 hours", "7 days", with upstream's word before it where the window is of one feature alone. */
export function windowName(name: string, seconds: number | null = null): string {
  const words = t().windows;
  const plain = name.replace(/-?(primary|secondary)$/, '');
  const span = seconds ?? SECONDS[name.slice(plain.length).replace('-', '')];
  if (!span) return name;
  const length = span % DAY === 0 ? words.days(span / DAY) : words.hours(Math.round(span / HOUR));
  return plain ? `${plain} · ${length}` : length;
}
