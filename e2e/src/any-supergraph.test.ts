import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import type { Client } from 'graphql-ws';
import { eventually } from './harness/eventually.js';
import { EVENT_STREAM, closeStreams, openStream } from './harness/http-stream.js';
import { post } from './harness/http.js';
import { liveClient, watch } from './harness/live-client.js';
import { Program } from './harness/program.js';

let program: Program;
let url: string;
let client: Client;
beforeAll(async () => {
  const [PORT, FLIGHTS_PORT, AIRPORTS_PORT] = await Promise.all([freePort(), freePort(), freePort()]);
  const environment = {
    ...process.env,
    PORT: String(PORT),
    FLIGHTS_PORT: String(FLIGHTS_PORT),
    AIRPORTS_PORT: String(AIRPORTS_PORT),
  };
  program = new Program(['npm', 'run', '--silent', 'any-supergraph'], environment);
  url = `http://127.0.0.1:${PORT}/graphql`;
  await program.waitForOutput('"listening"');
  client = liveClient(url);
}, 60_000);
afterAll(async () => {
  closeStreams();
  await client?.dispose();
  await program?.stop();
});

const moveFlight = () => post(url, 'mutation { moveFlight(number: "KT100", gate: "C3") { gate } }');
const FLIGHT_MOVED = 'subscription { flightMoved { number gate to { name } } }';

describe('examples/any-supergraph', () => {
  test('joins data of both subgraphs', async () => {
    const ask = () => post(url, '{ flights { number to { name arrivals { number } } } }');
    // The gateway does not wait for subgraphs whose readiness is not checked.
    const { data } = await eventually(ask, ({ errors }) => errors === undefined);
    expect(data.flights).toEqual([
      { number: 'KT100', to: { name: 'Oslo', arrivals: [{ number: 'KT100' }] } },
      { number: 'KT200', to: { name: 'Lisbon', arrivals: [{ number: 'KT200' }] } },
    ]);
  });

  test('joins the events of the subgraph that streams server-sent events', async () => {
    const overWebSocket = watch(client, FLIGHT_MOVED);
    const overEvents = await openStream(url, { headers: EVENT_STREAM, body: { query: FLIGHT_MOVED } });
    await changeUntil(moveFlight, () => overWebSocket.events.length > 0);
    const [event] = overWebSocket.events;
    expect(event).toEqual({ data: { flightMoved: { number: 'KT100', gate: 'C3', to: { name: 'Oslo' } } } });
    await overEvents.waitForText(`data: ${JSON.stringify(event)}`);
    overWebSocket.stop();
  });

  test('joins the events of the subgraph that streams over WebSocket', async () => {
    const watching = watch(client, 'subscription { weatherChanged { name arrivals { number } } }');
    const change = () => post(url, 'mutation { setWeather(code: "LIS", weather: "wind") { weather } }');
    await changeUntil(change, () => watching.events.length > 0);
    expect(watching.events[0]).toEqual({
      data: { weatherChanged: { name: 'Lisbon', arrivals: [{ number: 'KT200' }] } },
    });
    watching.stop();
  });

  test('is anonymous: it rejects every access token', async () => {
    const { errors } = await post(url, '{ flights { number } }', { token: 'some.access.token' });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  test('stops as one', async () => {
    await program.stop();
    await expect(fetch(url)).rejects.toThrow();
  });
});

/** Changes something until it is seen: without cursors, only events after the upstream is open arrive. */
async function changeUntil(change: () => Promise<unknown>, isSeen: () => boolean): Promise<void> {
  await eventually(async () => {
    await change();
    return isSeen();
  }, Boolean);
}
