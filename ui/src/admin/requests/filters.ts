// Which requests are looked for, as the address holds it.
import type { RequestFilter } from '../../lib/api/admin-types.ts';

/** Names in the address. */
export const FILTERS = ['status', 'account', 'key', 'model', 'route'] as const;

export type FilterName = (typeof FILTERS)[number];

/** The routes that requests are written down by. */
export const ROUTES = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/images/generations',
  '/v1/images/edits',
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
];

export function filterOf(query: URLSearchParams): RequestFilter {
  const filter: RequestFilter = {};
  const [status, account, key, model, route] = FILTERS.map((name) => query.get(name));
  if (status === 'ok' || status === 'failed') filter.status = status;
  if (account) filter.account_id = account;
  if (key) filter.key_id = key;
  if (model) filter.model = model;
  if (route) filter.route = route;
  return filter;
}

/** Nothing is looked for any more. */
export const NO_FILTER = Object.fromEntries(FILTERS.map((name) => [name, null])) as Record<FilterName, null>;
