import { ANONYMOUS, type AuthContext, TXN_TOKEN_HEADER } from '@kit/auth';
import { caller, tokenFor } from './callers.js';
import type { RunningService } from './running-service.js';

/** A user who may export everything. */
export const EXPORTER = caller('0199d0a0-0000-7000-8000-00000000000d', [
  'subscribers:export',
  'subscribers:pii',
]);

export const CREATE_EXPORT = `mutation ($input: CreateSubscriberExportInput!) {
  createSubscriberExport(input: $input) {
    downloadUrl expiresAt rows { value precision } userErrors { code field message }
  }
}`;

export interface ExportPayload {
  readonly downloadUrl: string | null;
  readonly expiresAt: string | null;
  readonly rows: { readonly value: number; readonly precision: string } | null;
  readonly userErrors: readonly { readonly code: string; readonly field: readonly string[] }[];
}

/** Creates an export. @returns its address at the service, not at the gateway */
export async function createExport(
  service: Pick<RunningService, 'origin' | 'request'>,
  input: object = {},
  as: AuthContext = EXPORTER,
): Promise<string> {
  const { data, errors } = await service.request<{ createSubscriberExport: ExportPayload }>(CREATE_EXPORT, {
    variables: { input },
    as,
  });
  if (!data?.createSubscriberExport?.downloadUrl) throw new Error(JSON.stringify({ data, errors }));
  return service.origin + new URL(data.createSubscriberExport.downloadUrl).pathname;
}

/** Sends a request to a file as the gateway does. */
export function fetchFile(url: string, options: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...options, headers: { [TXN_TOKEN_HEADER]: tokenFor(ANONYMOUS) } });
}

/** Exports the list. */
export async function exported(
  service: Pick<RunningService, 'origin' | 'request'>,
  input: object = {},
): Promise<string> {
  return (await fetchFile(await createExport(service, input))).text();
}

/** How exports ended, by the log of the service. */
export function exportOutcomes(log: readonly string[]): string[] {
  return log
    .map((line) => JSON.parse(line) as { msg: string; outcome: string })
    .filter(({ msg }) => msg === 'export')
    .map(({ outcome }) => outcome);
}
