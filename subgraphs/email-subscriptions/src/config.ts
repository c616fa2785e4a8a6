import { mailEnvironment } from '@kit/mail';
import type { ConfigOf } from '@kit/subgraph';
import { origins, secret, wholeNumber } from '@kit/service';
import { z } from 'zod';
import { tcpEnvironment } from './tcp/tcp-config.js';

/** The variables of this subgraph alone. */
export const variables = () => ({
  EVENT_LOG_RETENTION_HOURS: wholeNumber(1, 8_760).default(168),
  /** Hashes the addresses of erased subscribers, and signs unsubscribe links. */
  SUBSCRIBER_SECRET: secret(),
  /** All earlier values, separated by commas. Without one, its links stop working and its addresses can return. */
  SUBSCRIBER_SECRETS_PREVIOUS: secrets().default([]),
  /** The gateway's own origin, as browsers see it, for links in mails. Of several, the first is used. */
  PUBLIC_URL: origins()
    .default(['http://127.0.0.1:4000'])
    .transform(([first]) => first!),
  /** The tags and attributes that the public sign-up form may set, separated by commas. */
  SIGN_UP_TAGS: names(),
  SIGN_UP_ATTRIBUTES: names(),
  /** The largest file of an import, in bytes. */
  IMPORT_MAX_BYTES: wholeNumber(1, 2 ** 40).default(512 * 1024 * 1024),
  /** How many exports one process writes at the same time. Each has a connection of its own to the database. */
  EXPORTS_AT_ONCE: wholeNumber(1, 100).default(4),
  /** After how long an export is cut off: while it runs, Postgres cannot remove old rows. */
  EXPORT_TIMEOUT_MS: wholeNumber(1, 3_600_000).default(600_000),
  ...tcpEnvironment(),
  ...mailEnvironment('Subscribers <no-reply@localhost>'),
});

/** The configuration that `CONFIG` injects. */
export type Config = ConfigOf<typeof variables>;

function names() {
  return z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    );
}

function secrets() {
  return z
    .string()
    .transform((list) => list.split(',').map((each) => each.trim()))
    .refine(
      (list) => list.every((each) => secret().safeParse(each).success),
      'has a value that is shorter than 32 bytes',
    );
}
