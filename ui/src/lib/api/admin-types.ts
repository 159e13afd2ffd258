// What goes over `/admin/api`: the replies as they are written from Rust, the bodies that are sent, and the replies
// that are not written from there.
import type { AccountState, Budget, EffectiveSetting, Policy, Window } from './admin-replies.ts';

export type * from './admin-replies.ts';

/** What upstream said of a span of time in which so much of an account may be used. */
export type QuotaWindow = Window;
export type Setting = EffectiveSetting;
export type Period = Budget['period'];

export type AccountError = { id: string; label: string; health: AccountState; reason: string; since: number };

export type AccountChange = {
  label?: string;
  is_disabled?: boolean;
  max_in_use?: number | null;
  egress?: string | null;
  reset_device_id?: boolean;
};

export type Outcome = 'added' | 'updated' | 'restored' | 'unchanged' | 'rejected';

export type ImportLine = {
  line: number;
  kind: string;
  outcome: Outcome;
  account_id: string | null;
  account: string | null;
  reason: string | null;
};

export type ImportResult = Record<Outcome, number> & { lines: ImportLine[] };

export type Cleared = { clearing: string; count: number; undo_until: number };

export type SignIn = {
  id: string;
  status: 'pending' | 'done' | 'failed';
  authorize_url?: string;
  user_code?: string;
  verification_url?: string;
  interval?: number;
  account?: ImportLine;
  reason?: string;
};

export type KeyChange = { name?: string; policy?: Policy; is_disabled?: boolean; expires_at?: number | null };

export type Spend = { used: number; reserved: number; limit: number | null };

export type BudgetUse = { period: Period; starts_at: number; resets_at: number; requests: Spend; tokens: Spend };

export type UsageGroup = 'day' | 'key' | 'account' | 'model';

export type RequestFilter = {
  key_id?: string;
  account_id?: string;
  status?: 'ok' | 'failed';
  model?: string;
  route?: string;
};
