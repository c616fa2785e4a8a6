import { createGateway } from '@kit/gateway';
import { startService } from '@kit/service';
import { gatewayOptions } from './config.js';

await startService('gateway', () => createGateway(gatewayOptions()));
