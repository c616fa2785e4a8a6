import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';
import { request } from 'undici';
import type { Endpoint } from '../endpoint.js';

const POLL_MS = 50;

const CREATE_IMPORT = `mutation {
  createSubscriberImport(input: { fileName: "people.csv" }) { subscriberImport { id } uploadUrl }
}`;
const IMPORT = 'query ($id: ID!) { subscriberImport(id: $id) { status added } }';
const CREATE_EXPORT = `mutation ($format: ExportFormat!) {
  createSubscriberExport(input: { format: $format }) { downloadUrl }
}`;

interface ImportState {
  readonly status: string;
  readonly added: number;
}

/** Imports a file as a client of the gateway does: creates the import, uploads the file, and waits until it has ended. */
export async function importFile(gateway: Endpoint, file: Buffer, rows: number): Promise<void> {
  const { createSubscriberImport } = await gateway.query<{
    createSubscriberImport: { subscriberImport: { id: string }; uploadUrl: string };
  }>(CREATE_IMPORT);
  const { uploadUrl, subscriberImport } = createSubscriberImport;
  const upload = await request(atGateway(gateway, uploadUrl), {
    method: 'PUT',
    headers: { 'content-type': 'text/csv' },
    body: file,
  });
  if (upload.statusCode >= 300) throw new Fault(`upload: ${upload.statusCode} ${await upload.body.text()}`);
  await upload.body.dump();
  for (;;) {
    const { subscriberImport: state } = await gateway.query<{ subscriberImport: ImportState }>(IMPORT, {
      id: subscriberImport.id,
    });
    if (state.status === 'FINISHED' && state.added === rows) return;
    if (state.status !== 'RUNNING') throw new Fault(`import of ${rows} rows: ${JSON.stringify(state)}`);
    await delay(POLL_MS);
  }
}

/** Downloads an export through the gateway. @returns its number of lines */
export async function exportFile(gateway: Endpoint, format: 'CSV' | 'NDJSON'): Promise<number> {
  const { createSubscriberExport } = await gateway.query<{ createSubscriberExport: { downloadUrl: string } }>(
    CREATE_EXPORT,
    { format },
  );
  const { statusCode, body } = await request(atGateway(gateway, createSubscriberExport.downloadUrl));
  if (statusCode !== 200) throw new Fault(`download: ${statusCode} ${await body.text()}`);
  let lines = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

/** Links have the public address of the gateway. */
function atGateway(gateway: Endpoint, link: string): URL {
  return new URL(new URL(link).pathname, gateway.url);
}
