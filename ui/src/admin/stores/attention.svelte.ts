// How many accounts need somebody, for the number beside "Accounts".
import { admin } from '../../lib/api/admin.ts';
import type { AccountState, Overview } from '../../lib/api/admin-types.ts';

const NEEDY = ['needs_sign_in', 'needs_attention', 'deactivated', 'locked'] as const;

/** How many accounts are in a state that does not end by itself. */
export function needy(states: Partial<Record<AccountState, number>>): number {
  return NEEDY.reduce((sum, state) => sum + (states[state] ?? 0), 0);
}

class Attention {
  overview = $state.raw<Overview | undefined>();
  readonly count = $derived.by(() => needy(this.overview?.accounts.by_state ?? {}));

  async load(): Promise<Overview> {
    this.overview = await admin.overview();
    return this.overview;
  }
}

export const attention = new Attention();
