// English texts of the first steps.
import { plural } from './plural.ts';

export const setup = {
  setup: {
    title: 'Set up FlowGPT',
    text: 'Three short steps, and your accounts answer behind one API.',
    done: 'Done',
    password: 'Administrator’s password',
    passwordText: 'You have chosen it and are signed in.',
    account: 'First account',
    accountText: 'Sign in with OpenAI, or bring tokens that you have. They are sealed, and never shown again.',
    accounts: (n: number) => `${plural(n, 'account is', 'accounts are')} in the pool.`,
    key: 'API key',
    keyText: 'Programs use it in place of a key of OpenAI.',
    keyName: 'My first key',
    test: 'Live test',
    testText: 'One message through your account, with the answer as it comes.',
    answered: 'Your account has answered. Everything works.',
    noAccount: 'Add an account first.',
    next: 'Next step',
    overview: 'Go to the overview',
    chat: 'Open the chat',
    simulator: 'No account at hand?',
    simulatorText: 'Try everything with the simulator; it asks nobody.',
  },
};
