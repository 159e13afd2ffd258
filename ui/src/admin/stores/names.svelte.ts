// Names of accounts and keys by their ids, for lists that hold ids alone. Of a large pool only the beginning is
// loaded; an account beyond it is asked for when its name is first wanted.
import { admin } from '../../lib/api/admin.ts';

const AT_ONCE = 1000;

class Names {
  accounts = $state.raw<Map<string, string>>(new Map());
  keys = $state.raw<Map<string, string>>(new Map());
  #isWhole = true;
  readonly #asked = new Set<string>();

  /** Loads both; what cannot be had stays an id. */
  async load(): Promise<void> {
    const [keys] = await Promise.allSettled([admin.keys(), this.#loadAccounts(AT_ONCE)]);
    if (keys.status === 'fulfilled') this.keys = new Map(keys.value.keys.map((key) => [key.id, key.name]));
  }

  /** Every account, for lists that name most of them. */
  async loadAll(): Promise<void> {
    await this.load();
    if (!this.#isWhole) await this.#loadAccounts(Infinity);
  }

  account(id: string): string {
    const name = this.accounts.get(id);
    if (name === undefined && !this.#isWhole) void this.#ask(id);
    return name ?? id;
  }

  key(id: string): string {
    return this.keys.get(id) ?? id;
  }

  async #ask(id: string): Promise<void> {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    // One that is gone keeps its id.
    const account = await admin.account(id).catch(() => undefined);
    if (account) this.accounts = new Map([...this.accounts, [id, account.label]]);
  }

  async #loadAccounts(most: number): Promise<void> {
    const found = new Map<string, string>();
    for (let total = Infinity; found.size < Math.min(most, total); ) {
      const page = await admin.accounts({ after: found.size, limit: AT_ONCE });
      if (page.accounts.length === 0) break;
      for (const account of page.accounts) found.set(account.id, account.label);
      total = page.total;
      this.#isWhole = found.size >= total;
    }
    this.accounts = found;
  }
}

export const names = new Names();
