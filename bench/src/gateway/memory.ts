import type { Endpoint } from '../endpoint.js';
import type { Figure } from '../figure.js';
import { repeat } from '../load.js';
import { newDocument } from './new-documents.js';
import type { Probe } from './probed-gateway.js';

const WARM_UP = 50;
const DOCUMENTS = 500;
/** The gateway compiles a document that it has served before. */
const TIMES = 3;
const MOST_MIB = 60;

/** Memory of this gateway's process for documents that it has served several times, after all garbage is collected. */
export async function memory(gateway: Endpoint, probe: Probe): Promise<Figure[]> {
  const serve = async (first: number, documents: number) => {
    for (let time = 0; time < TIMES; time += 1)
      await repeat(documents, 1, (n) => gateway.query(newDocument(first + n)));
  };
  await serve(0, WARM_UP);
  const before = await probe('/memory');
  await serve(WARM_UP, DOCUMENTS);
  const values = [(await probe('/memory')) - before];
  return [{ name: `memory of ${DOCUMENTS} documents`, values, unit: 'MiB', digits: 1, atMost: MOST_MIB }];
}
