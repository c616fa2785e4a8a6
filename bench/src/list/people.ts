/** Enough different words that a name finds few people among millions. */
const SYLLABLES =
  'an bel cor dan el fer gar hil is jor kal len mar nor ol pet quin ros sam tor ul vic wal xen yar zel'.split(
    ' ',
  );
const DOMAINS = ['gmail.com', 'yahoo.com', 'outlook.com', 'example.com', 'web.de', 'mail.example.org'];

/** Makes files with people who are not on the list yet. */
export class People {
  private next = 0;

  /** A CSV file with addresses and names. */
  file(rows: number): Buffer {
    const first = this.next;
    this.next += rows;
    const lines = Array.from({ length: rows }, (_, row) => lineOf(first + row));
    return Buffer.from(`email,name\n${lines.join('')}`);
  }
}

function lineOf(number: number): string {
  const given = word(spread(number, 2_654_435_761), 2);
  const family = word(spread(number, 2_246_822_519), 3);
  const domain = DOMAINS[number % DOMAINS.length]!;
  return `${given}.${family}${number}@${domain},${given} ${family}\n`;
}

function word(seed: number, syllables: number): string {
  let text = '';
  let rest = seed;
  for (let n = 0; n < syllables; n += 1) {
    text += SYLLABLES[rest % SYLLABLES.length]!;
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Spreads neighbouring numbers, the same way each time (Knuth's multiplicative hash). */
function spread(number: number, factor: number): number {
  return Math.imul(number + 1, factor) >>> 0;
}
