// How a request is named and coloured, in the list and in its sheet.
import type { RequestRow } from '../../lib/api/admin-types.ts';
import { t } from '../i18n/texts.ts';
import { names } from '../stores/names.svelte.ts';

export function toneOf(row: RequestRow): 'ok' | 'warn' | 'bad' {
  if (row.status < 400) return 'ok';
  return row.status === 429 ? 'warn' : 'bad';
}

/** The end of an id of something that has no name any more. */
function shortened(name: string, id: string): string {
  return name === id ? `…${id.slice(-6)}` : name;
}

export function keyName(row: RequestRow): string {
  return row.key_id ? shortened(names.key(row.key_id), row.key_id) : t().requests.gateway;
}

export function accountName(row: RequestRow): string {
  return row.account_id ? shortened(names.account(row.account_id), row.account_id) : t().requests.none;
}
