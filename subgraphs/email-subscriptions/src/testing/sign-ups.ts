import { ANONYMOUS, type AuthContext } from '@kit/auth';
import type { RunningService } from './running-service.js';

/** An anonymous caller with an address and a browser. */
export const VISITOR: AuthContext = {
  ...ANONYMOUS,
  origin: { ip: '192.0.2.7', userAgent: 'Visitor/1.0' },
};

export interface UserErrors {
  readonly userErrors: { readonly code: string; readonly field: string[] | null; readonly message: string }[];
}

async function mutate<Payload>(
  service: RunningService,
  [field, inputType, selection]: readonly [string, string, string],
  input: object,
  as?: AuthContext,
): Promise<Payload> {
  const { data, errors } = await service.request<Record<string, Payload>>(
    `mutation ($input: ${inputType}!) { ${field}(input: $input) { ${selection} userErrors { code field message } } }`,
    { variables: { input }, ...(as && { as }) },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data![field]!;
}

export const subscribe = (service: RunningService, input: object) =>
  mutate<UserErrors & { accepted: boolean }>(
    service,
    ['subscribe', 'SubscribeInput', 'accepted'],
    input,
    VISITOR,
  );

export const confirmSubscription = (service: RunningService, token: string, as: AuthContext = VISITOR) =>
  mutate<UserErrors & { confirmed: boolean }>(
    service,
    ['confirmSubscription', 'SubscriptionTokenInput', 'confirmed'],
    { token },
    as,
  );

export const unsubscribe = (service: RunningService, token: string) =>
  mutate<UserErrors & { unsubscribed: boolean }>(
    service,
    ['unsubscribe', 'SubscriptionTokenInput', 'unsubscribed'],
    { token },
    VISITOR,
  );

export const unsubscribeSubscriber = (service: RunningService, input: object, as?: AuthContext) =>
  mutate<UserErrors & { subscriber: { id: string; status: string } | null }>(
    service,
    ['unsubscribeSubscriber', 'UnsubscribeSubscriberInput', 'subscriber { id status }'],
    input,
    as,
  );

export const resendConfirmation = (service: RunningService, id: string, as?: AuthContext) =>
  mutate<UserErrors & { accepted: boolean }>(
    service,
    ['resendConfirmation', 'ResendConfirmationInput', 'accepted'],
    { id },
    as,
  );

/** The row of an address, whatever its status. */
export async function rowOf(service: RunningService, emailNormalized: string) {
  const rows = await service.database.query<
    {
      id: string;
      status: string;
      name: string | null;
      tags: string[];
      consent: object | null;
      source: string;
      revision: number;
    }[]
  >('SELECT * FROM subscribers WHERE email_normalized = $1', [emailNormalized]);
  return rows[0];
}
