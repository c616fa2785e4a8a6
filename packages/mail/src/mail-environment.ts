import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';

/** The environment variables of a service that sends mail. `from` is the default of `MAIL_FROM`: `Name <no-reply@localhost>`. */
export function mailEnvironment(from: string) {
  return {
    /** `smtp://user:password@host:587`. Without it, mails are written to files in MAIL_FOLDER, if that is set. */
    SMTP_URL: smtpUrl().optional(),
    MAIL_FOLDER: z.string().optional(),
    MAIL_FROM: sender(from).default(from),
  };
}

/** The domain of a sender that `mailEnvironment` accepts. */
export function domainOfSender(from: string): string {
  const address = addressparser(from, { flatten: true })[0]?.address ?? '';
  return address.slice(address.lastIndexOf('@') + 1);
}

function smtpUrl() {
  return z
    .string()
    .refine(
      (value) =>
        URL.canParse(value) && /^smtps?:$/.test(new URL(value).protocol) && new URL(value).hostname !== '',
      'is not a URL such as smtp://user:password@mail.example.com:587',
    );
}

function sender(like: string) {
  return z.string().refine(
    (value) => {
      const [first, ...others] = addressparser(value, { flatten: true });
      return first?.address.includes('@') && others.length === 0;
    },
    `is not a sender such as ${like.replace(/@.*>/, '@example.com>')}`,
  );
}
