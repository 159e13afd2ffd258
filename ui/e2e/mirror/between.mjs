// Stands between the gateway and the simulator as the gateway's proxy, and writes down what is asked and what is answered:
// all that ever goes upstream goes through here. It changes nothing but the address of a socket, which loses its TLS, as
// the simulator speaks none.
import http from 'node:http';
import net from 'node:net';

/** What the log keeps of an answer; files that are anybody's are not kept. */
const isText = (headers) => /html|json|script/.test(headers['content-type'] ?? '') && !/javascript/.test(headers['content-type']);

const SOCKET = '/backend-api/celsius/ws/user';

function line(request) {
  const url = new URL(request.url);
  return {
    method: request.method,
    host: url.host,
    /** As it stands in the request, not as it is parsed. */
    path: request.url.slice(url.origin.length),
    headers: request.headers,
    raw: request.rawHeaders.join('\n'),
    sent: '',
    status: 0,
    body: '',
  };
}

async function withoutTls(answer, response) {
  const text = Buffer.concat(await answer.toArray()).toString().replace('wss://', 'ws://');
  const { 'content-length': _length, ...headers } = answer.headers;
  response.writeHead(answer.statusCode, headers);
  response.end(text);
}

function forward(port, log, request, response) {
  const entry = line(request);
  log.push(entry);
  const { method, url: path, headers } = request;
  const onward = http.request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    entry.status = answer.statusCode;
    if (entry.path === SOCKET) return void withoutTls(answer, response);
    response.writeHead(answer.statusCode, answer.headers);
    const keep = isText(answer.headers);
    answer.on('data', (part) => {
      if (keep) entry.body += part.toString('latin1');
    });
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.on('data', (part) => (entry.sent += part.toString('latin1')));
  request.pipe(onward);
}

/** A request that becomes a socket. */
function upgrade(port, log, request, client, head) {
  const entry = line(request);
  log.push(entry);
  const onward = net.connect(port, '127.0.0.1', () => {
    const pairs = request.rawHeaders.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${request.rawHeaders[at + 1]}`]));
    onward.write(`GET ${request.url} HTTP/1.1\r\n${pairs.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    client.pipe(onward).pipe(client);
  });
  const end = () => [client, onward].forEach((it) => it.destroy());
  for (const socket of [client, onward]) socket.on('error', end).on('close', end);
}

/** `log` has every request so far; `body` of an entry is the answer's text once it has ended. */
export async function startBetween(port) {
  const log = [];
  const server = http.createServer((request, response) => forward(port, log, request, response));
  server.on('upgrade', (request, client, head) => upgrade(port, log, request, client, head));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    log,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The text that an entry's answer was. */
export const textOf = (entry) => Buffer.from(entry.body, 'latin1').toString();
