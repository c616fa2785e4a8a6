import { database } from './database.js';

/** For TypeORM's command line: `typeorm migration:generate -d dist/database/data-source.js --esm …`. */
export const dataSource = database.dataSourceOfEnvironment();
