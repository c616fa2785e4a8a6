/** A user of the users subgraph on whose behalf the application acts. */
export interface ActingUser {
  /** The `sub` of the user's access token. */
  readonly userId: string;
  /** The `sid` of the token. */
  readonly sessionId: string;
  /** The `scope` of the token, split at spaces. */
  readonly scopes: readonly string[];
}

export interface SubscribersRecordOptions {
  /** By default the application acts on its own behalf. */
  readonly user?: ActingUser;
  /** An id for the log of the service: 1 to 64 letters, digits, `_` and `-`. */
  readonly requestId?: string | undefined;
}

/** Data with options: `client.send(ADD_SUBSCRIBER, new SubscribersRecord(data, { user }))`. */
export class SubscribersRecord<Data = unknown> {
  /** @throws TypeError if `user` is present but invalid */
  constructor(
    readonly data: Data,
    readonly options: SubscribersRecordOptions = {},
  ) {
    // Otherwise a message with an undefined user would have all rights of the application.
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
