import { blocksOf, openStream, type StreamRequest, type Streaming } from './http-stream.js';

const ACCEPT = { accept: 'text/event-stream' };

/** Operations that are asked for as server-sent events in somebody's name, with no client library in between. */
export class EventStreams {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  byPost(
    query: string,
    { headers, variables, ...rest }: StreamRequest & { variables?: object } = {},
  ): Promise<Streaming> {
    return openStream(this.url, {
      token: this.token,
      ...rest,
      headers: { ...ACCEPT, ...headers },
      body: { query, ...(variables && { variables }) },
    });
  }

  byGet(parameters: Record<string, string>, { headers, ...rest }: StreamRequest = {}): Promise<Streaming> {
    return openStream(withParameters(this.url, parameters), {
      token: this.token,
      ...rest,
      method: 'GET',
      headers: { ...ACCEPT, ...headers },
    });
  }
}

export function withParameters(url: string, parameters: Record<string, string>): string {
  return `${url}?${new URLSearchParams(parameters).toString()}`;
}

/** The kind of each block of an event stream, with the code of the error that it tells of. */
export function codesIn(text: string) {
  return blocksOf(text).map(({ event, data }) => [event, data?.errors?.[0]?.extensions.code]);
}
