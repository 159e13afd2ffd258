// Letters that work in the list of accounts: J and K go from row to row, X selects, / searches. Enter opens, for the
// focus is on the name of a row.
import { preferences } from '../../lib/stores/preferences.svelte.ts';

type Doings = { select: (id: string) => void; search: () => void };

const BUSY = 'input:not([type=checkbox]), textarea, select, [role=dialog], [role=menu]';

export function listKey(event: KeyboardEvent, doings: Doings): void {
  if (!preferences.letterKeys || event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.target as HTMLElement).closest(BUSY)) return;
  const row = document.activeElement?.closest<HTMLElement>('tr[data-account]');
  if (event.key === 'j' || event.key === 'k') step(row, event.key === 'j' ? 1 : -1);
  else if (event.key === 'x' && row?.dataset['account']) doings.select(row.dataset['account']);
  else if (event.key === '/') doings.search();
  else return;
  event.preventDefault();
}

function step(row: HTMLElement | null | undefined, by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('tr[data-account]')];
  const at = row ? rows.indexOf(row) + by : 0;
  const next = rows[Math.max(0, Math.min(rows.length - 1, at))];
  next?.querySelector<HTMLElement>('.open')?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}
