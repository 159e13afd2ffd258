// The pages of the admin by the address; each is loaded when it is first shown.
import type { Component } from 'svelte';

type Load = () => Promise<{ default: Component }>;

export const pages = {
  overview: (() => import('./pages/Overview.svelte')) as Load,
  accounts: (() => import('./pages/Accounts.svelte')) as Load,
  keys: (() => import('./pages/Keys.svelte')) as Load,
  seeds: (() => import('./pages/Seeds.svelte')) as Load,
  usage: (() => import('./pages/Usage.svelte')) as Load,
  requests: (() => import('./pages/Requests.svelte')) as Load,
  settings: (() => import('./pages/Settings.svelte')) as Load,
  setup: (() => import('./pages/Setup.svelte')) as Load,
  audit: (() => import('./pages/Audit.svelte')) as Load,
};

export type PageName = keyof typeof pages;

export function pageOf(path: string): PageName | undefined {
  const rest = path.replace(/^\/admin\/?/, '').replace(/\/$/, '');
  if (rest === '') return 'overview';
  return rest in pages ? (rest as PageName) : undefined;
}

export function addressOf(page: PageName): string {
  return page === 'overview' ? '/admin' : `/admin/${page}`;
}
