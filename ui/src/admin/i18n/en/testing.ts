// English texts of the test of an account.
export const testing = {
  testing: {
    title: 'Live test',
    text: 'Sends a message through this account alone and shows the answer as it comes. A key is made for it and removed afterwards.',
    open: 'Open the test',
    close: 'Close the test',
    keyName: (label: string) => `Test of ${label}`,
    model: 'Model',
    message: 'Message',
    firstMessage: 'Say hello in one sentence.',
    ask: 'Send',
    stop: 'Stop',
    running: 'Answering',
    answer: 'Answer',
    firstText: 'First text',
    total: 'Total',
    tokens: 'Tokens in / out',
    dropped: 'The connection ended before the answer did.',
  },
};
