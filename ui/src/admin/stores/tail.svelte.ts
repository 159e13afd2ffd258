// The log of requests as a tail: the newest first, new ones put on top, older ones fetched at the end, and never
// more than so many kept.
import { admin } from '../../lib/api/admin.ts';
import type { RequestFilter, RequestRow } from '../../lib/api/admin-types.ts';

export const MOST_ROWS = 2000;
const PAGE = 100;
/** The most that is asked for when more came than fit on a page. */
const CATCH_UP = 1000;

export class Tail {
  rows = $state.raw<RequestRow[]>([]);
  /** Came while paused; shown when asked for. */
  waiting = $state.raw<RequestRow[]>([]);
  isLive = $state(true);
  hasOlder = $state(false);
  isLoaded = $state(false);
  error = $state.raw<unknown>();
  #filter: RequestFilter = {};
  #turn = 0;

  async restart(filter: RequestFilter): Promise<void> {
    const turn = ++this.#turn;
    this.#filter = filter;
    this.rows = [];
    this.waiting = [];
    this.isLoaded = false;
    await this.#guarded(turn, async () => {
      const { requests } = await admin.requests({ ...filter, limit: PAGE });
      if (turn !== this.#turn) return;
      this.rows = requests;
      this.hasOlder = requests.length === PAGE;
      this.isLoaded = true;
    });
  }

  /** Looks for new requests. */
  async poll(): Promise<void> {
    if (!this.isLoaded) return;
    const turn = this.#turn;
    await this.#guarded(turn, async () => {
      const known = [...this.waiting, ...this.rows];
      let { requests } = await admin.requests({ ...this.#filter, limit: PAGE });
      let fresh = newer(requests, known);
      if (fresh.length === PAGE && known.length > 0) {
        ({ requests } = await admin.requests({ ...this.#filter, limit: CATCH_UP }));
        fresh = newer(requests, known);
      }
      if (turn !== this.#turn || fresh.length === 0) return;
      if (this.isLive) this.rows = [...fresh, ...this.rows].slice(0, MOST_ROWS);
      else this.waiting = [...fresh, ...this.waiting].slice(0, MOST_ROWS);
    });
  }

  resume(): void {
    this.rows = [...this.waiting, ...this.rows].slice(0, MOST_ROWS);
    this.waiting = [];
    this.isLive = true;
  }

  async older(): Promise<void> {
    const last = this.rows.at(-1);
    if (!last) return;
    const turn = this.#turn;
    await this.#guarded(turn, async () => {
      const { requests } = await admin.requests({ ...this.#filter, before: last.id, limit: PAGE });
      if (turn !== this.#turn) return;
      this.rows = [...this.rows, ...requests].slice(0, MOST_ROWS);
      this.hasOlder = requests.length === PAGE && this.rows.length < MOST_ROWS;
    });
  }

  async #guarded(turn: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (turn === this.#turn) this.error = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    }
  }
}

/** Those of `page` that are not known yet, in their order. */
export function newer(page: RequestRow[], known: RequestRow[]): RequestRow[] {
  const ids = new Set(known.map((row) => row.id));
  return page.filter((row) => !ids.has(row.id));
}
