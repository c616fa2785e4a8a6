import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { DomainError } from './domain-error.js';

const TAG_BYTES = 16;

/** The cursor is forged or damaged, or belongs to another list or stream. */
export class InvalidCursor extends DomainError {
  readonly code = 'BAD_USER_INPUT';

  constructor() {
    super('The cursor is not valid here: it is damaged, or belongs to another filter, order or stream.');
  }
}

/**
 * Cursors: a position and an HMAC-SHA-256 tag of 16 bytes, in base64url. The tag also covers the scope (the list or
 * stream, its filter and order), so a cursor is valid in its own scope only.
 */
export class CursorCodec {
  private readonly key: KeyObject;

  /** @param secret at least 32 bytes. Cursors made with another secret are invalid */
  constructor(secret: string) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'cursors', 32)));
  }

  encode(scope: string, position: string): string {
    const bytes = Buffer.from(position, 'utf8');
    return Buffer.concat([this.tag(scope, bytes), bytes]).toString('base64url');
  }

  /** @throws InvalidCursor */
  decode(scope: string, cursor: string): string {
    const bytes = Buffer.from(cursor, 'base64url');
    const position = bytes.subarray(TAG_BYTES);
    // Buffer ignores invalid characters, but a cursor has exactly one spelling.
    const genuine =
      bytes.length > TAG_BYTES &&
      bytes.toString('base64url') === cursor &&
      timingSafeEqual(bytes.subarray(0, TAG_BYTES), this.tag(scope, position));
    if (!genuine) throw new InvalidCursor();
    return position.toString('utf8');
  }

  private tag(scope: string, position: Buffer): Buffer {
    return createHmac('sha256', this.key)
      .update(`${Buffer.byteLength(scope)}:${scope}`)
      .update(position)
      .digest()
      .subarray(0, TAG_BYTES);
  }
}
