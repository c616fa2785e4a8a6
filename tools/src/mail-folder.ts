import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { simpleParser } from 'mailparser';

/** What somebody sees of a mail. */
export interface ReadMail {
  /** The address that it is for. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The token in its link; null when it has none. */
  readonly token: string | null;
}

/** The mails that the users subgraph has written into its MAIL_FOLDER, the oldest first; none while there is no folder. */
export async function readMailFolder(folder: string): Promise<ReadMail[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  // Named after their jobs, whose ids are in the order of time.
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
