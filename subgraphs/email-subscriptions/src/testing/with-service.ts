import { afterAll, beforeAll } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runService, type RunningService } from './running-service.js';

/** Runs the service with its own database for all tests of the surrounding `describe`. */
export function withService(environment: Record<string, string> = {}): { readonly service: RunningService } {
  let testDatabase: TestDatabase | undefined;
  let service: RunningService | undefined;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    service = await runService(testDatabase.url, environment);
  });
  afterAll(async () => {
    await service?.close();
    await testDatabase?.drop();
  });
  return {
    get service() {
      return service!;
    },
  };
}
