import { connect } from 'node:net';
import type { GraphQLError } from './http.js';

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes on a new connection, and returns the response once the server closes. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject).once('close', () => resolve(responseOf(text)));
  });
}

/** A request with the given head and body. It has `connection: close`, so that the server closes after the response. */
export function rawRequest(requestLine: string, headers: readonly string[], body?: string | Buffer): Buffer {
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const head = [requestLine, 'connection: close', ...headers, ...length, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')]);
}

/** The errors in the body. @throws SyntaxError when the body is not JSON */
export function errorsOf({ body }: RawResponse): GraphQLError[] {
  return (JSON.parse(body) as { errors: GraphQLError[] }).errors;
}

function responseOf(text: string): RawResponse {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: text.slice(end + 4),
  };
}
