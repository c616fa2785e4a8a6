import { setFlagsFromString } from 'node:v8';
import { startService } from '@kit/service';
import { readConfig } from './config.js';
import { emailSubscriptionsService } from './email-subscriptions-service.js';

// By default V8 keeps 100 MiB of garbage after a long replay. With this flag it keeps 5 MiB (docs/benchmarks.md).
setFlagsFromString('--heap-growing-percent=20');

await startService('email-subscriptions', () => emailSubscriptionsService(readConfig()));
