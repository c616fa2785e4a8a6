import { setFlagsFromString } from 'node:v8';
import { startService } from '@supergraph/service/start-service';
import { readConfig } from './config.js';
import { emailSubscriptionsService } from './email-subscriptions-service.js';

// A long replay leaves garbage behind that V8 would rather keep than collect: 100 MiB, and 5 with this (docs/benchmarks.md).
setFlagsFromString('--heap-growing-percent=20');

await startService('email-subscriptions', () => emailSubscriptionsService(readConfig()));
