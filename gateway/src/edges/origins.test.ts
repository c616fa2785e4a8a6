import { beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Origins } from './origins.js';

const PAGE = 'http://localhost:5173';
const lines: string[] = [];
const logger = pino({}, { write: (line: string) => void lines.push(line) });
const origins = (production: boolean) =>
  new Origins({ listed: new Set(['https://app.example.com']), production, logger });

beforeEach(() => void lines.splice(0));

describe('a page of an origin that is not listed', () => {
  test('is told while developing how to list it, and the log says so once', () => {
    const developing = origins(false);
    const told = developing.refusal(PAGE);
    expect(told).toContain(PAGE);
    expect(told).toContain(`CORS_ORIGINS=${PAGE} `);
    expect(developing.refusal(PAGE)).toBe(told);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([told]);
  });

  test.each(['null', `${PAGE}/`, 'x'.repeat(5_000)])(
    'is not told to list what cannot be: %.30s',
    (origin) => {
      const told = origins(false).refusal(origin);
      expect(told).not.toContain('CORS_ORIGINS=');
      expect(told).toContain('CORS_ORIGINS names');
      expect(told.length).toBeLessThan(300);
    },
  );

  test('cannot fill the log with origins that it makes up', () => {
    const developing = origins(false);
    for (let n = 0; n < 1_000; n += 1) developing.refusal(`http://localhost:${n}`);
    expect(lines).toHaveLength(100);
  });

  test('is told in production that it is not allowed, and nothing else', () => {
    expect(origins(true).refusal(PAGE)).toBe('This origin is not allowed.');
    expect(lines).toEqual([]);
  });
});
