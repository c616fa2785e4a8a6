/** A user of the users subgraph for whom the application acts. */
export interface ActingUser {
  /** The `sub` of the user's access token. */
  readonly userId: string;
  /** Its `sid`. */
  readonly sessionId: string;
  /** Its `scope`, split at the spaces: what the user may do. */
  readonly scopes: readonly string[];
}

export interface SubscribersRecordOptions {
  /** Default: the application acts for itself. */
  readonly user?: ActingUser;
  /** An id of the application's own for the log of the service: 1 to 64 letters, digits, `_` and `-`. */
  readonly requestId?: string | undefined;
}

/** Data with options: `client.send(ADD_SUBSCRIBER, new SubscribersRecord(data, { user }))`. */
export class SubscribersRecord<Data = unknown> {
  /** @throws TypeError when `user` is given without being a user */
  constructor(
    readonly data: Data,
    readonly options: SubscribersRecordOptions = {},
  ) {
    // Without this, a message for a user that is undefined would get all rights of the application.
    if ('user' in options && !isUser(options.user)) {
      throw new TypeError(
        'SubscribersRecord: user must have userId, sessionId and scopes. Leave it out to act for the application.',
      );
    }
  }
}

function isUser(value: unknown): boolean {
  const { userId, sessionId, scopes } = (value ?? {}) as Record<string, unknown>;
  return isText(userId) && isText(sessionId) && Array.isArray(scopes) && scopes.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
