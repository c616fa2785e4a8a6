import type { RunningService, Request } from './running-service.js';

export interface AddedSubscriber {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly status: string;
  readonly addedAt: string;
  readonly addedBy: { readonly id: string } | null;
}

export interface AddSubscriberResult {
  readonly subscriber: AddedSubscriber | null;
  readonly created: boolean;
  readonly userErrors: {
    readonly message: string;
    readonly field: string[] | null;
    readonly code: string;
    readonly existing: { readonly id: string } | null;
  }[];
}

const ADD_SUBSCRIBER = `mutation ($input: AddSubscriberInput!) {
  addSubscriber(input: $input) {
    subscriber { id email name status addedAt addedBy { id } }
    created
    userErrors { message field code existing { id } }
  }
}`;

/** Adds a subscriber through GraphQL. @throws Error for a GraphQL error */
export async function addSubscriber(
  service: RunningService,
  input: object,
  as?: Request['as'],
): Promise<AddSubscriberResult> {
  const { data, errors } = await service.request<{ addSubscriber: AddSubscriberResult }>(ADD_SUBSCRIBER, {
    variables: { input },
    ...(as && { as }),
  });
  if (errors) throw new Error(JSON.stringify(errors));
  return data!.addSubscriber;
}
