import { describe, expect, test } from '@jest/globals';
import { errorInLogLine } from './log-line.js';

describe('what the terminal shows of a log line', () => {
  test('nothing below error, nor of what is no log line', () => {
    expect(errorInLogLine('{"level":40,"msg":"hm"}')).toBeUndefined();
    expect(errorInLogLine('plain words')).toBeUndefined();
    expect(errorInLogLine('null')).toBeUndefined();
  });

  test('an error in one short line, with its cause', () => {
    const line = JSON.stringify({
      level: 50,
      msg: 'query\n failed',
      err: { message: 'no connection', stack: '…' },
    });
    expect(errorInLogLine(line)).toBe('error: query failed: no connection');
    expect(errorInLogLine('{"level":60,"msg":"over"}')).toBe('fatal: over');
    expect(errorInLogLine(JSON.stringify({ level: 50, msg: 'x'.repeat(1_000) }))?.length).toBeLessThan(350);
  });

  test('a message that repeats its error only once', () => {
    expect(errorInLogLine('{"level":50,"msg":"no","err":{"message":"no"}}')).toBe('error: no');
  });
});
