// Every route of `/admin/api` that the pages use.
import type * as T from './admin-types.ts';
import { json } from './http.ts';

const BASE = '/admin/api';

function query(values: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : '';
}

const account = (id: string, verb = '') => `${BASE}/accounts/${encodeURIComponent(id)}${verb}`;
const key = (id: string, verb = '') => `${BASE}/keys/${encodeURIComponent(id)}${verb}`;

export type AccountWork = 'refresh' | 'check' | 'enable' | 'disable' | 'clear-limits' | 'mark-healthy';

export const admin = {
  bootstrap: (token: string, password: string) => json<void>(`${BASE}/bootstrap`, { body: { token, password }, isGuess: true }),
  login: (password: string, code?: string) => json<void>(`${BASE}/login`, { body: code ? { password, code } : { password }, isGuess: true }),
  logout: () => json<void>(`${BASE}/logout`, { method: 'POST' }),
  session: () => json<T.AdminSession>(`${BASE}/session`),
  changePassword: (current: string, next: string) => json<void>(`${BASE}/password`, { body: { current, new: next }, isGuess: true }),
  beginTotp: () => json<{ otpauth_url: string }>(`${BASE}/totp`, { method: 'POST' }),
  confirmTotp: (code: string) => json<void>(`${BASE}/totp/confirm`, { body: { code }, isGuess: true }),
  removeTotp: (password: string, code: string) => json<void>(`${BASE}/totp`, { method: 'DELETE', body: { password, code }, isGuess: true }),

  overview: () => json<T.Overview>(`${BASE}/overview`),

  accounts: (asked: { health?: string; search?: string; after?: number; limit?: number }, signal?: AbortSignal) =>
    json<T.AccountPage>(`${BASE}/accounts${query(asked)}`, { signal }),
  accountErrors: () => json<{ accounts: T.AccountError[] }>(`${BASE}/accounts/errors`),
  account: (id: string) => json<T.Account>(account(id)),
  importAccounts: (text: string, dryRun: boolean) =>
    json<T.ImportResult>(`${BASE}/accounts`, { body: { text, dry_run: dryRun } }),
  changeAccount: (id: string, change: T.AccountChange) => json<T.Account>(account(id), { method: 'PATCH', body: change }),
  removeAccounts: (ids: string[]) => json<T.Cleared>(`${BASE}/accounts/remove`, { body: { ids } }),
  workOnAccount: (id: string, work: AccountWork, body?: unknown) =>
    json<T.Account>(account(id, `/${work}`), { method: 'POST', body }),
  refreshAllAccounts: () => json<{ accounts: number }>(`${BASE}/accounts/refresh`, { method: 'POST' }),
  clearAccounts: () => json<T.Cleared>(`${BASE}/accounts/clear`, { method: 'POST' }),
  undo: (clearing: string) => json<{ restored: number }>(`${BASE}/undo`, { body: { clearing } }),

  beginSignIn: (method: 'browser' | 'device') => json<T.SignIn>(`${BASE}/sign-ins`, { body: { method } }),
  signIn: (id: string) => json<T.SignIn>(`${BASE}/sign-ins/${encodeURIComponent(id)}`),
  finishSignIn: (id: string, address: string) =>
    json<T.SignIn>(`${BASE}/sign-ins/${encodeURIComponent(id)}/finish`, { body: { address } }),

  keys: () => json<{ keys: T.Key[] }>(`${BASE}/keys`),
  createKey: (name: string, policy: T.Policy, expiresAt: number | null) =>
    json<T.Key>(`${BASE}/keys`, { body: { name, policy, expires_at: expiresAt } }),
  changeKey: (id: string, change: T.KeyChange) => json<T.Key>(key(id), { method: 'PATCH', body: change }),
  removeKey: (id: string) => json<void>(key(id), { method: 'DELETE' }),
  /** The same while the page goes away: the browser sends it to its end, and nobody hears of it. */
  removeKeyOnLeaving: (id: string) =>
    void fetch(key(id), { method: 'DELETE', headers: { 'x-flowgpt-ui': '1' }, credentials: 'same-origin', keepalive: true }),
  /** A new value, while the old one works for so many seconds more. */
  rotateKey: (id: string, overlap: number) => json<T.Key>(key(id, '/rotate'), { body: { overlap_seconds: overlap } }),
  keyUsage: (id: string) => json<{ budgets: T.BudgetUse[] }>(key(id, '/usage')),

  seeds: () => json<{ seeds: T.Seed[] }>(`${BASE}/seeds`),
  bindSeed: (seed: string, accountId: string | null) =>
    json<T.Seed>(`${BASE}/seeds`, { body: accountId ? { seed, account_id: accountId } : { seed } }),
  removeSeed: (seed: string) => json<void>(`${BASE}/seeds`, { method: 'DELETE', body: { seed } }),
  clearSeeds: () => json<T.Cleared>(`${BASE}/seeds/clear`, { method: 'POST' }),

  usage: (group: T.UsageGroup, since?: number, until?: number) =>
    json<{ usage: T.UsageRow[] }>(`${BASE}/usage${query({ group, since, until })}`),
  requests: (asked: T.RequestFilter & { before?: string; since?: number; until?: number; limit?: number }) =>
    json<{ requests: T.RequestRow[] }>(`${BASE}/requests${query(asked)}`),
  settings: () => json<{ settings: T.Setting[] }>(`${BASE}/settings`),
  audit: (before: number | null, limit: number) =>
    json<{ entries: T.AuditEntry[] }>(`${BASE}/audit${query({ before, limit })}`),
};
