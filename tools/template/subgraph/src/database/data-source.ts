import { database } from './database.js';

/** For `npm run migration`. */
export const dataSource = database.dataSourceOfEnvironment();
