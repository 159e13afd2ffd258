// Numbers, times and spans of time in the language in use.
import { locale } from './locale.svelte.ts';

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

const cache = new Map<string, unknown>();

/** Formats are costly to make and lists need thousands. */
function made<T>(key: string, make: () => T): T {
  const name = `${locale.tag} ${key}`;
  if (!cache.has(name)) cache.set(name, make());
  return cache.get(name) as T;
}

/** `Intl` puts no space between numbers and Chinese words; our texts do. */
function spaced(text: string): string {
  return locale.id === 'zh' ? text.replace(/(\d)(?=\p{Script=Han})/gu, '$1 ').replace(/(\p{Script=Han})(?=\d)/gu, '$1 ') : text;
}

export function number(value: number): string {
  return made('number', () => new Intl.NumberFormat(locale.tag)).format(value);
}

export function compact(value: number): string {
  const options = { notation: 'compact', maximumFractionDigits: 1 } as const;
  return spaced(made('compact', () => new Intl.NumberFormat(locale.tag, options)).format(value));
}

export function percent(share: number): string {
  const options = { style: 'percent', maximumFractionDigits: 1 } as const;
  return made('percent', () => new Intl.NumberFormat(locale.tag, options)).format(share);
}

/** A moment in unix seconds, with day and time. */
export function dateTime(at: number): string {
  const options = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  return made('dateTime', () => new Intl.DateTimeFormat(locale.tag, options)).format(at * 1000);
}

/** The day of a moment in unix seconds. */
export function date(at: number): string {
  const options = { dateStyle: 'medium' } as const;
  return made('date', () => new Intl.DateTimeFormat(locale.tag, options)).format(at * 1000);
}

/** The time of day alone. */
export function clock(at: number): string {
  const options = { hour: '2-digit', minute: '2-digit', hour12: false } as const;
  return made('clock', () => new Intl.DateTimeFormat(locale.tag, options)).format(at * 1000);
}

export function clockSeconds(at: number): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const;
  return made('clockSeconds', () => new Intl.DateTimeFormat(locale.tag, options)).format(at * 1000);
}

/** A day of the calendar in UTC, by its number since 1970. */
export function utcDay(day: number): string {
  const options = { month: 'short', day: 'numeric', timeZone: 'UTC' } as const;
  return spaced(made('utcDay', () => new Intl.DateTimeFormat(locale.tag, options)).format(day * 86_400_000));
}

/** "in 3 hours", "5 minutes ago". */
export function relative(at: number, now = Date.now() / 1000): string {
  const seconds = at - now;
  const format = made('relative', () => new Intl.RelativeTimeFormat(locale.tag, { numeric: 'auto' }));
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return spaced(format.format(Math.round(seconds / size), unit));
  }
  return spaced(format.format(Math.round(seconds), 'second'));
}

export function bytes(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const options = { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 };
  return `${new Intl.NumberFormat(locale.tag, options).format(value)} ${units[unit]}`;
}

export function milliseconds(value: number): string {
  if (value < 1000) return `${Math.round(value)} ms`;
  const options = { maximumFractionDigits: 2 };
  return `${made('seconds', () => new Intl.NumberFormat(locale.tag, options)).format(value / 1000)} s`;
}
