import { ANONYMOUS } from '@kit/auth';
import { waitUntil } from '@supergraph/tools/wait-until';
import { caller, tokenFor } from './callers.js';
import type { RunningService } from './running-service.js';

/** A user who may import, and read what was rejected. */
export const IMPORTER = caller('0199d0a0-0000-7000-8000-00000000000c', [
  'subscribers:import',
  'subscribers:pii',
  'subscribers:read',
]);

type UploadBody = NonNullable<RequestInit['body']>;

export interface ImportState {
  readonly id: string;
  readonly status: string;
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
  readonly rowsRead: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly suppressed: number;
  readonly rejected: number;
  readonly problem: string | null;
  readonly finishedAt: string | null;
}

export interface RejectedRow {
  readonly line: number;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly value: string | null;
}

export const IMPORT_FIELDS = `id status bytesRead bytesTotal rowsRead added updated unchanged suppressed rejected
  problem finishedAt`;

interface Created {
  readonly subscriberImport: { readonly id: string } | null;
  readonly uploadUrl: string | null;
  readonly userErrors: { readonly field: string[]; readonly message: string; readonly code: string }[];
}

export async function createImport(
  service: Pick<RunningService, 'request'>,
  input: object = {},
): Promise<Created> {
  const { data, errors } = await service.request<{ createSubscriberImport: Created }>(
    `mutation ($input: CreateSubscriberImportInput!) { createSubscriberImport(input: $input) {
       subscriberImport { id } uploadUrl userErrors { field message code } } }`,
    { variables: { input: { fileName: 'list.csv', ...input } }, as: IMPORTER },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data!.createSubscriberImport;
}

/** Sends a file to the address of an import, as the gateway does. */
export function upload(
  { origin }: Pick<RunningService, 'origin'>,
  uploadUrl: string,
  file: UploadBody,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(origin + new URL(uploadUrl).pathname, {
    method: 'PUT',
    body: file,
    headers: { 'txn-token': tokenFor(ANONYMOUS), ...headers },
    ...(file instanceof ReadableStream && { duplex: 'half' }),
  });
}

export async function importState(
  service: Pick<RunningService, 'request'>,
  id: string,
): Promise<ImportState> {
  const { data, errors } = await service.request<{ subscriberImport: ImportState }>(
    `query ($id: ID!) { subscriberImport(id: $id) { ${IMPORT_FIELDS} } }`,
    { variables: { id }, as: IMPORTER },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data!.subscriberImport;
}

/** Waits until an import has ended. */
export async function ended(service: Pick<RunningService, 'request'>, id: string): Promise<ImportState> {
  let state = await importState(service, id);
  await waitUntil(async () => {
    state = await importState(service, id);
    return state.finishedAt !== null;
  });
  return state;
}

/** Imports a file, and returns the import after its end. */
export async function importFile(
  service: Pick<RunningService, 'request' | 'origin'>,
  file: UploadBody,
  input: object = {},
  headers: Record<string, string> = {},
): Promise<ImportState> {
  const { subscriberImport, uploadUrl, userErrors } = await createImport(service, input);
  if (!uploadUrl) throw new Error(JSON.stringify(userErrors));
  const { status } = await upload(service, uploadUrl, file, headers);
  if (status !== 204) throw new Error(`the upload returned ${status}`);
  return ended(service, subscriberImport!.id);
}

export async function rejectedRows(
  service: Pick<RunningService, 'request'>,
  id: string,
): Promise<RejectedRow[]> {
  const { data, errors } = await service.request<{
    subscriberImport: { rejectedRows: { nodes: RejectedRow[] } };
  }>(
    `query ($id: ID!) { subscriberImport(id: $id) { rejectedRows(first: 100) {
       nodes { line column code message value } } } }`,
    { variables: { id }, as: IMPORTER },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data!.subscriberImport.rejectedRows.nodes;
}
