import { mailEnvironment } from '@kit/mail';
import type { ConfigOf } from '@kit/subgraph';
import { wholeNumber } from '@kit/service';
import { tcpEnvironment } from './tcp/tcp-config.js';

/** The variables of this subgraph alone. */
export const variables = () => ({
  EVENT_LOG_RETENTION_HOURS: wholeNumber(1, 8_760).default(168),
  ...tcpEnvironment(),
  ...mailEnvironment('Subscribers <no-reply@localhost>'),
});

/** The configuration that `CONFIG` injects. */
export type Config = ConfigOf<typeof variables>;
