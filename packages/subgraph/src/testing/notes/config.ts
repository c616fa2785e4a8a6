import { secret } from '@kit/service';
import { z } from 'zod';
import type { ConfigOf } from '../../environment.js';

export const variables = (isProduction: boolean) => ({
  GREETING: z.string().default(isProduction ? 'Dear' : 'Hi'),
  /** It has no default. */
  STAMP_SECRET: secret(),
});

export type Config = ConfigOf<typeof variables>;
