import { database } from './database/database.js';

await database.migrate();
