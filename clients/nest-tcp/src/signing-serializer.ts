import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Serializer } from '@nestjs/microservices';
import jwt from 'jsonwebtoken';
import { SubscribersRecord, type ActingUser } from './subscribers-record.js';

/** The service that verifies the tokens. */
const AUDIENCE = 'email-subscriptions';
const TOKEN_SECONDS = 60;
/** The scopes of an application that acts on its own behalf. The service grants those that its operator allows. */
const OWN_SCOPES = ['subscribers:read', 'subscribers:write'];

/** Adds a token with the caller and the user to each packet: a JWT (HS256) that expires after a minute. */
export class SigningSerializer implements Serializer {
  private readonly key: KeyObject;

  constructor(
    private readonly caller: string,
    secret: string,
  ) {
    this.key = createSecretKey(Buffer.from(secret, 'utf8'));
  }

  serialize(packet: { readonly data: unknown }): object {
    const { data, options } =
      packet.data instanceof SubscribersRecord ? packet.data : new SubscribersRecord(packet.data);
    const { user, requestId } = options;
    return { ...packet, data, txnToken: this.sign(user), ...(requestId !== undefined && { requestId }) };
  }

  private sign(user: ActingUser | undefined): string {
    const claims = {
      scope: (user?.scopes ?? OWN_SCOPES).join(' '),
      ...(user && { sub: user.userId, sid: user.sessionId }),
    };
    return jwt.sign(claims, this.key, {
      algorithm: 'HS256',
      issuer: this.caller,
      audience: AUDIENCE,
      expiresIn: TOKEN_SECONDS,
      header: { alg: 'HS256', typ: 'txntoken+jwt' },
    });
  }
}
