import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@kit/service';
import { parse, stringify } from 'uuid';
import type { Config } from '../../config.js';

const KEY_ID_BYTES = 4;
const ID_BYTES = 16;
const SIGNATURE_BYTES = 16;

/** A secret, with the keys that are derived from it. */
interface Key {
  /** The first bytes of a hash of the secret. Tokens name their key by it. */
  readonly id: Buffer;
  readonly addresses: Buffer;
  readonly links: Buffer;
}

/**
 * The keyed hashes of addresses, and the tokens of unsubscribe links. New ones are made with the current secret, and
 * those of all earlier secrets stay valid: a suppressed address must stay suppressed, and links in old mails must work.
 */
@Injectable()
export class SubscriberKeys {
  private readonly keys: readonly [Key, ...Key[]];

  constructor(
    @Inject(CONFIG)
    {
      SUBSCRIBER_SECRET,
      SUBSCRIBER_SECRETS_PREVIOUS,
    }: Pick<Config, 'SUBSCRIBER_SECRET' | 'SUBSCRIBER_SECRETS_PREVIOUS'>,
  ) {
    this.keys = [keyOf(SUBSCRIBER_SECRET), ...SUBSCRIBER_SECRETS_PREVIOUS.map(keyOf)];
  }

  /** The hash to store for an address, in its normal form. */
  addressHash(emailNormalized: string): Buffer {
    return hmac(this.keys[0].addresses, emailNormalized);
  }

  /** All hashes that an address can have been stored with. */
  addressHashes(emailNormalized: string): Buffer[] {
    return this.keys.map(({ addresses }) => hmac(addresses, emailNormalized));
  }

  /** A token that lets its holder unsubscribe one subscriber. It never expires, and checking it needs no database. */
  unsubscribeToken(subscriberId: string): string {
    const [{ id, links }] = this.keys;
    const subject = Buffer.from(parse(subscriberId));
    return Buffer.concat([id, subject, signatureOf(links, subject)]).toString('base64url');
  }

  /** @returns the id of the subscriber; null if the token is not valid */
  subscriberOfToken(token: string): string | null {
    const bytes = Buffer.from(token, 'base64url');
    // The comparison rejects other spellings of the same bytes.
    if (bytes.length !== KEY_ID_BYTES + ID_BYTES + SIGNATURE_BYTES || bytes.toString('base64url') !== token) {
      return null;
    }
    const key = this.keys.find(({ id }) => id.equals(bytes.subarray(0, KEY_ID_BYTES)));
    const subject = bytes.subarray(KEY_ID_BYTES, KEY_ID_BYTES + ID_BYTES);
    const signature = bytes.subarray(KEY_ID_BYTES + ID_BYTES);
    return key && timingSafeEqual(signatureOf(key.links, subject), signature) ? stringify(subject) : null;
  }
}

function keyOf(secret: string): Key {
  return {
    id: createHash('sha256').update(`id of ${secret}`).digest().subarray(0, KEY_ID_BYTES),
    addresses: hmac(Buffer.from(secret), 'addresses'),
    links: hmac(Buffer.from(secret), 'unsubscribe links'),
  };
}

function signatureOf(key: Buffer, subject: Buffer): Buffer {
  return createHmac('sha256', key).update(subject).digest().subarray(0, SIGNATURE_BYTES);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
