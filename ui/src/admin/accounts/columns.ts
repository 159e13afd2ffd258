// The columns of the list of accounts that can be chosen; the address holds which are shown.
export const COLUMNS = [
  'plan',
  'status',
  'fiveHours',
  'week',
  'seeds',
  'lastUsed',
  'lastError',
  'tokenExpires',
  'limits',
  'inUse',
  'checked',
] as const;

export type Column = (typeof COLUMNS)[number];

export const USUAL: Column[] = ['plan', 'status', 'fiveHours', 'week', 'seeds', 'lastUsed'];

/** The columns that an address names, in our order; the usual ones when it names none. */
export function columnsOf(text: string | null): Column[] {
  if (text === null) return USUAL;
  const named = text.split(',');
  const known = COLUMNS.filter((column) => named.includes(column));
  return known.length > 0 ? known : USUAL;
}

/** What stands in the address; nothing for the usual columns. */
export function textOf(columns: Column[]): string | null {
  const text = COLUMNS.filter((column) => columns.includes(column)).join(',');
  return text === '' || text === USUAL.join(',') ? null : text;
}
