import { rename, writeFile } from 'node:fs/promises';

/** Writes a file so that readers see the old text or the new one, also after a crash. */
export async function writeAtomically(file: string, text: string, mode = 0o644): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text, { mode, flush: true });
  await rename(draft, file);
}
