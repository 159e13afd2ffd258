// How an account's state is shown: its words and its colour.
import type { Account, AccountState } from '../../lib/api/admin-types.ts';
import { clock } from '../../lib/i18n/format.ts';
import { t } from '../i18n/texts.ts';

export type Tone = '' | 'ok' | 'warn' | 'bad';

export const STATES: AccountState[] = [
  'healthy',
  'limited',
  'needs_sign_in',
  'needs_attention',
  'deactivated',
  'locked',
  'disabled',
];

const TONES: Record<AccountState, Tone> = {
  healthy: 'ok',
  limited: 'warn',
  needs_sign_in: 'bad',
  needs_attention: 'bad',
  deactivated: 'bad',
  locked: 'bad',
  disabled: '',
};

export function toneOf(state: AccountState): Tone {
  return TONES[state] ?? '';
}

export function statusOf(account: Account): { text: string; tone: Tone } {
  if (account.state === 'limited') {
    const first = Math.min(...account.limits.map((limit) => limit.until));
    return { text: Number.isFinite(first) ? t().state.limitedUntil(clock(first)) : t().state.limited, tone: 'warn' };
  }
  if (account.state === 'healthy' && !account.is_usable) return { text: t().state.expired, tone: 'bad' };
  return { text: t().state[account.state], tone: toneOf(account.state) };
}

/** `model:gpt-5` and `feature:image_gen` without the first word. */
export function scopeName(scope: string): string {
  return scope.replace(/^(model|feature):/, '');
}

export function planName(plan: string | null): string {
  return plan ? plan.charAt(0).toUpperCase() + plan.slice(1) : t().accounts.unknown;
}
