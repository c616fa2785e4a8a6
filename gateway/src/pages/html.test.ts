import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { html, page, PAGE_HEADERS } from './html.js';

test('escapes values, and no HTML of its own', () => {
  const items = ['<b>', `"&'`].map((text) => html`<i>${text}</i>`);
  expect(html`<p title="${'"'}">${items}</p>`.text).toBe(
    '<p title="&#34;"><i>&#60;b&#62;</i><i>&#34;&#38;&#39;</i></p>',
  );
});

test('a page loads nothing, and its policy allows its own style', () => {
  const text = page('A & B', html`<p>hello</p>`);
  expect(text).toMatch(/^<!doctype html>\s*<html lang="en">[^]*<title>A &#38; B<\/title>[^]*<p>hello<\/p>/);
  expect(text).not.toMatch(/<script|src=|href=|https?:|style=/);
  const [, style] = /<style>([^]*)<\/style>/.exec(text)!;
  expect(PAGE_HEADERS['content-security-policy']).toContain(hashOf(style!));
});

function hashOf(style: string): string {
  return `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;
}
