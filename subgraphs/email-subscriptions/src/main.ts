import { startService } from '@supergraph/service/start-service';
import { readConfig } from './config.js';
import { emailSubscriptionsService } from './email-subscriptions-service.js';

await startService('email-subscriptions', () => emailSubscriptionsService(readConfig()));
