import { readDatabaseUrl } from '../config.js';
import { createDataSource, UNLIMITED } from './create-data-source.js';

/** For TypeORM's command line: `typeorm migration:generate -d dist/database/data-source.js --esm …`. */
export const dataSource = createDataSource(readDatabaseUrl(), UNLIMITED);
