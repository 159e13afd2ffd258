// Starts the gateway with its simulator, from the program that FLOWGPT_BIN names.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export const PASSWORD = 'flowgpt-demo';

export async function startGateway(pace = 'every:4ms') {
  const program = process.env.FLOWGPT_BIN;
  if (!program) throw new Error('FLOWGPT_BIN has to name the program to test');
  const child = spawn(program, ['demo', '--port', '0', '--json', '--pace', pace, '--difficulty', 'none'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise((found, failed) => {
    lines.once('line', found);
    child.once('exit', (code) => failed(new Error(`the gateway ended with ${code}`)));
  });
  const { url, api_key: key } = JSON.parse(first);
  return { url, key, stop: () => child.kill('SIGTERM') };
}
