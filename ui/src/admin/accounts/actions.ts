// What can be done with one account, and the word about it afterwards.
import { admin, type AccountWork } from '../../lib/api/admin.ts';
import type { Account } from '../../lib/api/admin-types.ts';
import { toasts } from '../../lib/stores/toasts.svelte.ts';
import type { MenuEntry } from '../../lib/components/menu.ts';
import { t } from '../i18n/texts.ts';
import { jobs, reasonOf } from '../stores/jobs.svelte.ts';

export async function work(account: { id: string; label: string }, kind: AccountWork, body?: unknown): Promise<Account | undefined> {
  try {
    const changed = await admin.workOnAccount(account.id, kind, body);
    toasts.show(t().accounts.done[kind](account.label));
    return changed;
  } catch (error) {
    toasts.bad(`${account.label}: ${reasonOf(error)}`);
    return undefined;
  } finally {
    jobs.ended += 1;
  }
}

/** The menu of one account. */
export function entries(account: Account, open: () => void, remove: () => void): MenuEntry[] {
  const words = t().accounts;
  const run = (kind: AccountWork) => () => void work(account, kind);
  const list: MenuEntry[] = [
    { text: words.open, icon: 'sidebar', run: open },
    { text: words.check, icon: 'play', run: run('check') },
  ];
  if (account.can_refresh) list.push({ text: words.refresh, icon: 'refresh', run: run('refresh') });
  if (account.limits.length > 0) list.push({ text: words.clearLimits, icon: 'clock', run: run('clear-limits') });
  if (account.health !== 'healthy') list.push({ text: words.markHealthy, icon: 'check', run: run('mark-healthy') });
  list.push('line');
  if (account.is_disabled) list.push({ text: words.enable, icon: 'play', run: run('enable') });
  else list.push({ text: words.disable, icon: 'pause', run: run('disable') });
  list.push({ text: words.remove, icon: 'trash', danger: true, run: remove });
  return list;
}
