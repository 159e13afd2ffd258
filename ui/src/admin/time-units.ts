// Days and hours as charts count them: since 1970.
import { clock, utcDay } from '../lib/i18n/format.ts';

export type Unit = 'day' | 'hour';

const HOUR_SECONDS = 3600;

/** How far marks on the axis may be apart. */
export const STEPS: Record<Unit, number[]> = { day: [1, 2, 7, 14, 28], hour: [1, 2, 3, 6, 12, 24] };

/** A day of the calendar in UTC, or the time where the person is. */
export function nameOf(unit: Unit, at: number): string {
  return unit === 'day' ? utcDay(at) : clock(at * HOUR_SECONDS);
}

export function hourOf(seconds: number): number {
  return Math.floor(seconds / HOUR_SECONDS);
}
