import { forbiddenWords } from './kit-words.js';

/** `npm run words`: prints the lines with forbidden words, and exits with 1 if there are any. */
const lines = forbiddenWords();
for (const line of lines) console.error(line);
if (lines.length > 0) process.exitCode = 1;
