import type { Request, RunningService } from './running-service.js';
import type { AddSubscriberResult } from './additions.js';

export interface ChangedSubscriber {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly status: string;
  readonly tags: string[];
  readonly attributes: object;
  readonly confirmedAt: string | null;
  readonly updatedAt: string;
  readonly revision: number;
  readonly history: {
    readonly nodes: readonly { kind: string; changed: string[]; reason: string | null; by: unknown }[];
  };
}

export interface ChangeResult {
  readonly subscriber: ChangedSubscriber | null;
  readonly userErrors: AddSubscriberResult['userErrors'];
}

const SUBSCRIBER = `id email name status tags attributes confirmedAt updatedAt revision
  history(first: 100) { nodes { kind changed reason by { id } } }`;

/** Runs a mutation that changes one subscriber, such as `updateSubscriber`. @throws Error for a GraphQL error */
export async function change(
  service: RunningService,
  mutation: string,
  input: object,
  as?: Request['as'],
): Promise<ChangeResult> {
  const type = mutation.charAt(0).toUpperCase() + mutation.slice(1);
  const { data, errors } = await service.request<Record<string, ChangeResult>>(
    `mutation ($input: ${type}Input!) {
      ${mutation}(input: $input) { subscriber { ${SUBSCRIBER} } userErrors { message field code existing { id } } }
    }`,
    { variables: { input }, ...(as && { as }) },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data![mutation]!;
}

/** The subscriber with an id, by `Query.subscriber`. */
export async function subscriberOf(service: RunningService, id: string): Promise<ChangedSubscriber> {
  const { data } = await service.request<{ subscriber: ChangedSubscriber }>(
    `query ($id: ID!) { subscriber(id: $id) { ${SUBSCRIBER} } }`,
    { variables: { id } },
  );
  return data!.subscriber;
}
