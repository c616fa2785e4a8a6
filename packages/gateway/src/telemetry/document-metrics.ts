import { Counter, Gauge, type Registry } from 'prom-client';

export interface DocumentFigures {
  readonly figures: { readonly size: number; readonly bytes: number };
  readonly lookups: { readonly hits: number; readonly misses: number };
}

/** Adds metrics about the documents that the gateway has prepared. They are read at each scrape. */
export function addDocumentMetrics(registry: Registry, documents: DocumentFigures): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  const counter = (name: string, help: string, value: () => Record<'hit' | 'miss', number>) =>
    new Counter({
      name,
      help,
      labelNames: ['result'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [result, count] of Object.entries(value())) this.inc({ result }, count);
      },
    });
  gauge('prepared_documents', 'Documents that are ready for execution', () => documents.figures.size);
  gauge(
    'prepared_documents_bytes',
    'Estimated size of these documents in memory',
    () => documents.figures.bytes,
  );
  counter(
    'prepared_documents_lookups_total',
    'Operations whose document was ready (hit) or not (miss)',
    () => ({ hit: documents.lookups.hits, miss: documents.lookups.misses }),
  );
}
