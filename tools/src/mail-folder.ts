import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { simpleParser } from 'mailparser';

/** A mail as its recipient sees it. */
export interface ReadMail {
  /** The recipient's address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The token in its link, if it has one. */
  readonly token: string | null;
}

/** The mails that a service has written to its MAIL_FOLDER, oldest first. Empty without a folder. */
export async function readMailFolder(folder: string): Promise<ReadMail[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  // The names are the ids of their jobs, which are in chronological order.
  const files = names.filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(files.map((name) => readMail(path.join(folder, name))));
}

async function readMail(file: string): Promise<ReadMail> {
  const { to, subject = '', text = '' } = await simpleParser(await readFile(file));
  const [recipient] = [to ?? []].flat().flatMap(({ value }) => value);
  return {
    to: recipient?.address ?? '',
    subject,
    text,
    token: /#token=([\w-]+)/.exec(text)?.[1] ?? null,
  };
}
