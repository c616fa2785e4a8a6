import { describe, expect, test } from '@jest/globals';
import { errorInLogLine } from './log-line.js';

describe('the text for a log line', () => {
  test('is undefined below error, and for other lines', () => {
    expect(errorInLogLine('{"level":40,"msg":"hm"}')).toBeUndefined();
    expect(errorInLogLine('plain words')).toBeUndefined();
    expect(errorInLogLine('null')).toBeUndefined();
  });

  test('is one short line with the cause', () => {
    const line = JSON.stringify({
      level: 50,
      msg: 'query\n failed',
      err: { message: 'no connection', stack: '…' },
    });
    expect(errorInLogLine(line)).toBe('error: query failed: no connection');
    expect(errorInLogLine('{"level":60,"msg":"over"}')).toBe('fatal: over');
    expect(errorInLogLine(JSON.stringify({ level: 50, msg: 'x'.repeat(1_000) }))?.length).toBeLessThan(350);
  });

  test('does not repeat the message of the error', () => {
    expect(errorInLogLine('{"level":50,"msg":"no","err":{"message":"no"}}')).toBe('error: no');
  });
});
