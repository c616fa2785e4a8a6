import { startService } from '@kit/service';
import { readConfig } from './config.js';
import { usersService } from './users-service.js';

await startService('users', () => usersService(readConfig()));
