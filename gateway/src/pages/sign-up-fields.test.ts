import { expect, test } from '@jest/globals';
import { allowedRedirect, pageWithForm, signUpOfForm, signUpOfJson } from './sign-up-fields.js';

test('reads the fields of a form', () => {
  const form = new URLSearchParams(
    'email=a%40example.com&name=Ann&tags=news,+offers&tags=events&attribute.city=Bern&attribute.age=&consentText=Yes&x=y',
  );
  expect(signUpOfForm(form)).toEqual({
    input: {
      email: 'a@example.com',
      name: 'Ann',
      tags: ['news', 'offers', 'events'],
      attributes: { city: 'Bern' },
      consentText: 'Yes',
    },
    redirect: undefined,
    isByMachine: false,
  });
});

test('an empty form has an empty address', () => {
  expect(signUpOfForm(new URLSearchParams()).input).toMatchObject({ email: '', tags: [], attributes: {} });
  expect(signUpOfJson({}).input.email).toBe('');
});

test('reads the fields of JSON, and no others', () => {
  const input = { email: 'a@example.com', tags: ['news'], attributes: { city: 'Bern' } };
  expect(signUpOfJson({ ...input, origin: 'https://forged.example.com', redirect: 'x' })).toEqual({
    input,
    redirect: 'x',
    isByMachine: false,
  });
});

test('a filled field that people do not see means a machine', () => {
  expect(signUpOfForm(new URLSearchParams('website=x')).isByMachine).toBe(true);
  expect(signUpOfForm(new URLSearchParams('website=')).isByMachine).toBe(false);
  expect(signUpOfJson({ website: 'x' }).isByMachine).toBe(true);
});

test.each([
  [{ referer: 'https://a.example/news?about=me#x', origin: 'https://a.example' }, 'https://a.example/news'],
  [{ referer: 'https://a.example/' }, 'https://a.example'],
  [{ origin: 'https://a.example' }, 'https://a.example'],
  [{ referer: 'nonsense', origin: 'https://a.example' }, 'https://a.example'],
  [{ referer: `https://a.example/${'x'.repeat(2_048)}` }, 'https://a.example'],
  [{ referer: 'javascript:1', origin: 'null' }, undefined],
  [{}, undefined],
])('the page with the form of %j is %s', (headers, expected) => {
  expect(pageWithForm(headers)).toBe(expected);
});

test.each([
  ['https://a.example/thanks?x=1', 'https://a.example/thanks?x=1'],
  ['https://b.example/', null],
  ['https://a.example.evil.example/', null],
  ['https://a.example@evil.example/', null],
  ['https://me:x@a.example/', null],
  ['http://a.example/', null],
  ['//a.example/', null],
  ['javascript:alert(1)', null],
  ['blob:https://a.example/x', null],
  ['https://a.example\\@evil.example/', 'https://a.example/@evil.example/'],
  [undefined, null],
])('the redirect to %s is %s', (redirect, expected) => {
  expect(allowedRedirect(redirect, new Set(['https://a.example']))).toBe(expected);
});
