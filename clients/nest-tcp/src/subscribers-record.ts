/** A user of the users subgraph for whom the application acts. */
export interface ActingUser {
  /** The `sub` of their access token. */
  readonly userId: string;
  /** Its `sid`. */
  readonly sessionId: string;
  /** What they may do: its `scope`, split at the spaces. */
  readonly scopes: readonly string[];
}

/** Data, and for whom it is sent: `client.send(ADD_SUBSCRIBER, new SubscribersRecord(data, { user }))`. */
export class SubscribersRecord<Data = unknown> {
  constructor(
    readonly data: Data,
    readonly options: {
      /** Left out: the application acts for itself. */
      readonly user?: ActingUser | undefined;
      /** An id of your own for the service's log: 1 to 64 letters, digits, `_` and `-`. */
      readonly requestId?: string | undefined;
    } = {},
  ) {}
}
