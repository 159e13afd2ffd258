// Tokens that look like those of accounts and open nothing.
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export const refreshToken = (n) => `rt_${String(n).padStart(40, 'x')}`;

/** An access token of that person, which ends in so many seconds. */
export function accessToken(name, seconds = 86_400) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iat: now - 60,
    exp: now + seconds,
    'https://api.openai.com/auth': { chatgpt_account_id: `account-of-${name}`, chatgpt_plan_type: 'plus', user_id: `user-${name}` },
    'https://api.openai.com/profile': { email: `${name}@fixture.example` },
  };
  return `${encoded({ alg: 'RS256', typ: 'JWT', kid: 'fixture' })}.${encoded(claims)}.${'s'.repeat(86)}`;
}
