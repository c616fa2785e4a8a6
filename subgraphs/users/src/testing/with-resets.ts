import { mailTo, resetTokenOf } from './mail.js';
import { ADA, canLogIn, register, type Person } from './people.js';
import { withMailServer } from './with-mail-server.js';

/** Runs the service and a mail server for all tests of the surrounding `describe`. */
export function withResets() {
  const mailing = withMailServer({ APP_URL: 'https://app.example.com' });
  let number = 0;
  return {
    get users() {
      return mailing.users;
    },
    get smtp() {
      return mailing.smtp;
    },
    /** Registers a person and waits for their first mail. */
    newPerson: async (): Promise<Person> => {
      const person = { ...ADA, email: `ada-${(number += 1)}@example.com` };
      await register(mailing.users, person);
      await mailTo(mailing.smtp, person.email);
      return person;
    },
    /** Requests a password reset and returns the token of the mail. */
    tokenOf: ({ email }: Person) => resetTokenOf(mailing.users, mailing.smtp, email),
    canLogIn: (person: Person, password: string) => canLogIn(mailing.users, { ...person, password }),
  };
}
