// What `/admin/api/*` answers. Written from crates/admin/src/replies.rs: change that, and write this anew as
// crates/admin/src/replies/ui_types.rs says.

export type AccountState = "healthy" | "needs_sign_in" | "needs_attention" | "deactivated" | "locked" | "limited" | "disabled";

export type Budget = { period: "day" | "week" | "month", requests?: number | null, tokens?: number | null, };

export type Policy = { models: string[], drivers: string[], accounts: string[], max_in_use: number | null, budgets: Budget[], continuity?: boolean, };

export type Account = { id: string, label: string, source: string, plan: string | null, workspace: string | null, base_url: string | null, email: string | null, name: string | null, state: AccountState, health: AccountState, reason: string | null, health_since: number, is_disabled: boolean, is_usable: boolean, is_shared: boolean, limits: Array<Limit>, windows: Array<Window>, in_use: number, max_in_use: number | null, egress: string, device_id: string, access_expires_at: number | null, can_refresh: boolean, refreshed_at: number | null, checked_at: number | null, created_at: number, last_used_at: number | null, last_error: LastError | null, seeds: number, };

export type Limit = { scope: string, until: number, source: string, };

export type Window = { name: string, used_percent: number, window_seconds: number | null, resets_at: number | null, as_of: number, source: "answer" | "check", };

export type LastError = { code: string, at: number, };

export type AccountPage = { total: number, accounts: Array<Account>, };

export type Overview = { version: string, api_base: string, database: string, accounts: AccountCounts, requests_in_use: number, requests_waiting: number, today: UsageSum, yesterday: UsageSum, hours: Array<Hour>, first_text_ms: number | null, capacity: Array<Capacity>, warnings: Array<string>, };

export type AccountCounts = { total: number, usable: number, by_state: Partial<Record<AccountState, number>>, };

export type UsageSum = { requests: number, failures: number, prompt_tokens: number, completion_tokens: number, };

export type Hour = { hour: number, requests: number, failures: number, };

export type Capacity = { name: string, remaining_percent: number, accounts: number, 
/**
 * The oldest word of it that was counted.
 */
as_of: number, };

export type UsageRow = { name: string, requests: number, failures: number, prompt_tokens: number, completion_tokens: number, };

export type RequestRow = { id: string, at: number, key_id: string | null, account_id: string | null, driver: string | null, route: string, model: string | null, status: number, code: string | null, prompt_tokens: number | null, completion_tokens: number | null, first_text_ms: number | null, duration_ms: number, attempts: number, };

export type Key = { id: string, name: string, hint: string, policy: Policy, is_disabled: boolean, created_at: number, expires_at: number | null, 
/**
 * Until when the value it had before it was rotated opens too.
 */
previous_until: number | null, 
/**
 * Only in the reply that makes or rotates it.
 */
key?: string, };

export type Seed = { id: string, seed: string, account_id: string, account: string | null, created_at: number, rebound_at: number | null, };

export type AuditEntry = { id: number, at: number, actor: string, action: string, subject: string | null, detail: string | null, };

export type EffectiveSetting = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its value; of a secret, whether there is one.
 */
value: string, 
/**
 * Who set it.
 */
origin: string, 
/**
 * What holds when nobody does; empty for nothing.
 */
default: string, 
/**
 * What it does.
 */
help: string, 
/**
 * What it belongs to.
 */
group: string, 
/**
 * Whether its value is never shown.
 */
is_secret: boolean, };

export type AdminSession = { actor: string, has_second_factor: boolean, password_is_given_by_settings: boolean, };
