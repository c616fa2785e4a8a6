export { databaseModule } from './database.module.js';
export { DedicatedConnection } from './dedicated-connection.js';
export { type Database, defineDatabase } from './define-database.js';
export { isId, newId } from './new-id.js';
export { openDatabase } from './open-database.js';
export { isTransactionConflict, repeatedTransaction } from './repeated-transaction.js';
export { runPendingMigrations } from './run-migrations.js';
export { foldCase, likePattern, searchText } from './search-text.js';
export { closeSession, type DatabaseAddress, openSession } from './session.js';
