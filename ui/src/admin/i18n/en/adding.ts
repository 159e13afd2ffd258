// English texts of adding accounts.
import { plural } from './plural.ts';

export const adding = {
  add: {
    title: 'Add accounts',
    ways: { paste: 'Paste', file: 'File', 'sign-in': 'Sign in with OpenAI' },
    pasteHint:
      'One per line: access tokens, refresh tokens, session tokens or cookies, API keys, and the token.txt or JSON exports of chat2api.',
    tokens: 'Tokens',
    fileHint: 'Text or JSON files with tokens. Nothing is stored before you choose Import.',
    choose: 'Choose files',
    drop: 'or drop them here',
    summary: (ready: number, known: number, bad: number) =>
      `${ready} ready, ${known} already added, ${bad} not accepted`,
    line: 'Line',
    kind: 'Kind',
    result: 'Result',
    import: (n: number) => `Import ${plural(n, 'account', 'accounts')}`,
    imported: (n: number) => `Imported ${plural(n, 'account', 'accounts')}`,
    nothing: 'Nothing to import',
    onlyProblems: 'Only problems',
    outcome: {
      added: 'Ready',
      updated: 'Newer token',
      restored: 'Comes back',
      unchanged: 'Already added',
      rejected: 'Not accepted',
    },
    outcomeDone: {
      added: 'Added',
      updated: 'Updated',
      restored: 'Brought back',
      unchanged: 'Already added',
      rejected: 'Not accepted',
    },
    kinds: {
      access_token: 'Access token',
      refresh_token: 'Refresh token',
      session_token: 'Session token',
      api_key: 'API key',
      sign_in_file: 'Sign-in file',
      relay_token: 'Relay token',
      unknown: 'Unknown',
    } as Record<string, string>,
    device: 'With a code on any device',
    deviceText: 'You get a short code. Enter it on the page of OpenAI, on this or another device.',
    deviceBegin: 'Get a code',
    browser: 'In this browser',
    browserText:
      'You sign in on the page of OpenAI. It ends on an address that does not load; copy that address back here.',
    browserBegin: 'Begin',
    openPage: 'Open the page of OpenAI',
    enterCode: 'Enter this code there:',
    waiting: 'Waiting for you to finish there',
    address: 'The address it ended on',
    addressHint: 'It begins with http://localhost:1455/auth/callback',
    finish: 'Finish',
    signedIn: (label: string) => `Signed in ${label}`,
    failed: 'The sign-in did not work',
    again: 'Begin again',
  },
};
