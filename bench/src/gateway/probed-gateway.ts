import { Fault } from '@supergraph/tools/fault';
import { freePort } from '@supergraph/tools/free-port';
import { request } from 'undici';
import type { System } from '@supergraph/tools/system';

/** Measures inside the gateway's process: see probe.ts for the paths. */
export type Probe = (path: string) => Promise<number>;

/** Restarts the gateway with the probe. */
export async function probeGateway(system: System): Promise<Probe> {
  const port = await freePort();
  await system.restart('gateway', {
    NODE_OPTIONS: `--import=${new URL('./probe.js', import.meta.url).href}`,
    PROBE_PORT: String(port),
    APOLLO_TELEMETRY_DISABLED: '1',
  });
  return async (path) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`);
    const text = await body.text();
    if (statusCode !== 200) throw new Fault(text);
    return Number(text);
  };
}
