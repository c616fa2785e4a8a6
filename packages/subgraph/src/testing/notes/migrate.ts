import { database } from './database.js';

await database.migrate();
