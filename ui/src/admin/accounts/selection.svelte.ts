// Which accounts are selected, across pages of the list.
import { SvelteMap } from 'svelte/reactivity';
import { admin } from '../../lib/api/admin.ts';
import type { Account } from '../../lib/api/admin-types.ts';
import type { Target } from '../stores/jobs.svelte.ts';

const AT_ONCE = 1000;

export class Selection {
  readonly #chosen = new SvelteMap<string, string>();

  get size(): number {
    return this.#chosen.size;
  }

  get targets(): Target[] {
    return [...this.#chosen].map(([id, label]) => ({ id, label }));
  }

  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  toggle(account: Target): void {
    if (!this.#chosen.delete(account.id)) this.#chosen.set(account.id, account.label);
  }

  set(accounts: Target[], isChosen: boolean): void {
    for (const { id, label } of accounts) {
      if (isChosen) this.#chosen.set(id, label);
      else this.#chosen.delete(id);
    }
  }

  clear(): void {
    this.#chosen.clear();
  }

  /** Selects everything that the filter matches, on all pages. */
  async all(filter: { health?: string; search?: string }): Promise<void> {
    let accounts: Account[] = [];
    let after = 0;
    do {
      const page = await admin.accounts({ ...filter, after, limit: AT_ONCE });
      accounts = page.accounts;
      this.set(accounts, true);
      after += accounts.length;
      if (after >= page.total) return;
    } while (accounts.length > 0);
  }
}
