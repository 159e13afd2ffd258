// A key's policy as the form holds it, and back.
import type { Budget, Key, Period, Policy } from '../../lib/api/admin-types.ts';

export const DRIVERS = ['web', 'codex', 'platform'] as const;
export const PERIODS: Period[] = ['day', 'week', 'month'];

export type BudgetDraft = { period: Period; requests: number | null; tokens: number | null };

export type Draft = {
  name: string;
  models: string;
  accounts: string;
  drivers: string[];
  maxInUse: number | null;
  /** Not in the form, and kept. */
  continuity: boolean | undefined;
  budgets: BudgetDraft[];
  /** A day as the browser's field has it, or nothing. */
  expires: string;
};

export function draftOf(key: Key | null): Draft {
  const policy = key?.policy;
  return {
    name: key?.name ?? '',
    models: policy?.models.join(', ') ?? '',
    accounts: policy?.accounts.join(', ') ?? '',
    drivers: [...(policy?.drivers ?? [])],
    maxInUse: policy?.max_in_use ?? null,
    continuity: policy?.continuity,
    budgets: (policy?.budgets ?? []).map((it) => ({
      period: it.period,
      requests: it.requests ?? null,
      tokens: it.tokens ?? null,
    })),
    expires: key?.expires_at ? localDay(key.expires_at) : '',
  };
}

export function policyOf(draft: Draft): Policy {
  const policy: Policy = {
    models: words(draft.models),
    drivers: draft.drivers,
    accounts: words(draft.accounts),
    max_in_use: draft.maxInUse,
    budgets: draft.budgets.filter((it) => it.requests || it.tokens).map(budget),
  };
  if (draft.continuity !== undefined) policy.continuity = draft.continuity;
  return policy;
}

/** The end of the chosen day where the person is, in unix seconds. */
export function expiryOf(draft: Draft): number | null {
  if (!draft.expires) return null;
  const end = new Date(`${draft.expires}T23:59:59`);
  return Number.isNaN(end.getTime()) ? null : Math.floor(end.getTime() / 1000);
}

/** The first period that has no budget yet: the gateway takes one for each. */
export function freePeriod(budgets: BudgetDraft[]): Period | undefined {
  return PERIODS.find((period) => !budgets.some((it) => it.period === period));
}

function budget(draft: BudgetDraft): Budget {
  const made: Budget = { period: draft.period };
  if (draft.requests) made.requests = draft.requests;
  if (draft.tokens) made.tokens = draft.tokens;
  return made;
}

function words(text: string): string[] {
  return text
    .split(/[,，\n]/)
    .map((word) => word.trim())
    .filter(Boolean);
}

function localDay(at: number): string {
  const date = new Date(at * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
