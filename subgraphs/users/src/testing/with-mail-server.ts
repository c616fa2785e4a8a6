import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { withUsers } from './with-users.js';

/**
 * Runs the service and a mail server for all tests of the surrounding `describe`.
 * @param environment variables of the service and its replicas; they send by the mail server unless it says otherwise
 */
export function withMailServer(environment: Record<string, string> = {}) {
  let smtp: SmtpCatcher;
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
  });
  // A mail without a response of the server delays the stop of the service for half of the drain window.
  const service = withUsers(() => ({ SMTP_URL: smtp.url, DRAIN_TIMEOUT_MS: '200', ...environment }));
  beforeEach(() => {
    smtp.mood = 'takes mail';
    smtp.mails.length = 0;
    smtp.read = 0;
  });
  afterAll(() => smtp?.close());
  return {
    get smtp() {
      return smtp;
    },
    get users() {
      return service.users;
    },
    startReplica: service.startReplica,
    stop: service.stop,
  };
}
