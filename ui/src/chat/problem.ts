// What went wrong with an answer, in words for a person: whose fault, and what to do next.
import { clock } from '../lib/i18n/format.ts';
import type { Problem } from '../lib/stream/turn.ts';
import { t } from './i18n/texts.ts';

export type Told = { text: string; tone: 'plain' | 'warn' | 'bad'; mayRetry: boolean; action?: 'accounts' | 'model' };

const UPSTREAM = /^(upstream_|egress_|file_upload|model_downgraded|server_error)/;
const GONE = ['model_not_found', 'model_downgraded'];
const NO_ACCOUNT = ['no_account_available', 'account_deactivated', 'account_forbidden'];
const OWN_TOKEN = ['invalid_upstream_token', 'token_expired', 'api_key_not_usable', 'invalid_api_key'];

export function tell(problem: Problem, isOperator: boolean, now = Date.now() / 1000): Told {
  const words = t().state;
  const { code } = problem;
  const until = resetOf(problem, now);
  if (code === 'rate_limit_exceeded') return warn(until ? words.limitUntil(clock(until)) : words.limit, true, 'model');
  if (code === 'key_budget_exceeded') return warn(until ? words.budgetUntil(clock(until)) : words.budget, false);
  if (code === 'accounts_busy' || code === 'key_concurrency_exceeded' || code === 'upstream_overloaded') return warn(words.busy, true);
  if (NO_ACCOUNT.includes(code)) {
    return isOperator ? { ...warn(words.noAccountOperator, true), action: 'accounts' } : warn(words.noAccount, false);
  }
  if (OWN_TOKEN.includes(code)) return bad(words.ownToken, false);
  if (code === 'upstream_challenge_required' || code === 'upstream_region_unsupported') return bad(words.refused, false);
  if (code === 'flagged_by_moderation') return { text: words.flagged, tone: 'plain', mayRetry: false };
  if (GONE.includes(code)) return { ...warn(words.modelGone, false), action: 'model' };
  if (code === 'model_not_allowed' || code === 'driver_not_allowed') return { ...warn(words.notAllowed, false), action: 'model' };
  if (code === 'context_length_exceeded') return warn(words.tooLong, false);
  if (code === 'unreachable') return bad(words.unreachable, true);
  // All that a kept answer says of a refusal.
  if (code === 'invalid_prompt') return warn(words.notAnswered, true);
  if (UPSTREAM.test(code)) return bad(words.upstream, true);
  return bad(words.gateway, true);
}

/** When a limit is over, in unix seconds, if the gateway says so. */
function resetOf(problem: Problem, now: number): number | undefined {
  const { resets_at: at, resets_in_seconds: seconds } = problem.facts ?? {};
  if (typeof at === 'number') return at;
  if (typeof seconds === 'number') return now + seconds;
  const said = /clears? in (\d+) seconds/.exec(problem.message)?.[1];
  return said ? now + Number(said) : undefined;
}

const warn = (text: string, mayRetry: boolean, action?: 'model'): Told => ({ text, tone: 'warn', mayRetry, ...(action ? { action } : {}) });
const bad = (text: string, mayRetry: boolean): Told => ({ text, tone: 'bad', mayRetry });
