import { startService } from '@supergraph/service/start-service';
import { readConfig } from './config.js';
import { usersService } from './users-service.js';

await startService('users', () => usersService(readConfig()));
