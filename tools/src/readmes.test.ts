import { beforeAll, describe, expect, test } from '@jest/globals';
import { compileExamples, packageNames, readme, runExample, type ReadmeExample } from './readme-examples.js';
import { createEmptyDatabase } from './test-postgres/database.js';

/** A README is one screen. */
const LONGEST = 80;

const examples = new Map<string, ReadmeExample>();
let errors = '';

beforeAll(async () => {
  for (const name of packageNames) {
    try {
      examples.set(name, readme(name).example);
    } catch {
      // The test of this package reports it.
    }
  }
  errors = await compileExamples(examples);
});

describe.each(packageNames)('the README of packages/%s', (name) => {
  test('is one screen, and its example compiles', () => {
    const { text } = readme(name);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(LONGEST);
    expect(errors.split('\n').filter((line) => line.includes(`src/${name}.ts`))).toEqual([]);
  });

  test('has an example that prints what it says', async () => {
    const { code, output } = readme(name).example;
    if (!code.includes('DATABASE_URL')) {
      expect(await runExample(name, {})).toBe(output);
      return;
    }
    const database = await createEmptyDatabase();
    try {
      expect(await runExample(name, { DATABASE_URL: database.url })).toBe(output);
    } finally {
      await database.drop();
    }
  });
});
