import { describe, expect, test } from '@jest/globals';
import { StartUpError } from '@kit/service';
import { withoutEnforcedPurposes } from './enforced-specs.js';

const supergraph = (link: string, extension = '') => `schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  ${link}
{ query: Query }
${extension}
"""Not a link: for: SECURITY"""
type Query { a(for: String = "for: SECURITY"): Int }`;

describe('a specification that a supergraph links', () => {
  test('loses its purpose and nothing else when the gateway enforces it', () => {
    const sdl = withoutEnforcedPurposes(
      supergraph(
        '@link(for: SECURITY, url: "https://specs.apollo.dev/authenticated/v0.1", import: ["@authenticated"])',
        'extend schema @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)',
      ),
    );
    expect(sdl).toContain('url: "https://specs.apollo.dev/authenticated/v0.1", import: ["@authenticated"])');
    expect(sdl).toContain('extend schema @link(url: "https://specs.apollo.dev/requiresScopes/v0.1")');
    expect(sdl).toContain('join/v0.5", for: EXECUTION');
    expect(sdl.match(/for: SECURITY/g)).toHaveLength(2);
  });

  test.each(['v0.1', 'v0.2'])('keeps its purpose when Apollo enforces it: inaccessible %s', (version) => {
    const link = `@link(url: "https://specs.apollo.dev/inaccessible/${version}", for: SECURITY)`;
    expect(withoutEnforcedPurposes(supergraph(link))).toContain(link);
  });

  test.each([
    ['a version that Apollo does not support', '@link(url: "https://specs.apollo.dev/inaccessible/v0.3")'],
    ['one that is not enforced', '@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)'],
    ['one that is not enforced, without a purpose', '@link(url: "https://specs.apollo.dev/policy/v0.1")'],
    ['an unknown one', '@link(url: "https://example.com/secret/v1.0", for: SECURITY)'],
    ['one without a name', '@link(url: "nonsense", for: SECURITY)'],
    ['one without a URL', '@link(for: SECURITY)'],
    ['a later version', '@link(url: "https://specs.apollo.dev/authenticated/v0.2", for: SECURITY)'],
    ['a later version without a purpose', '@link(url: "https://specs.apollo.dev/requiresScopes/v1.0")'],
    ['one with @core', '@core(feature: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)'],
    ['one under another name', '@link(url: "https://specs.apollo.dev/policy/v0.1", as: "p", for: SECURITY)'],
  ])('is rejected: %s', (_, link) => {
    expect(() => withoutEnforcedPurposes(supergraph(link))).toThrow(StartUpError);
    expect(() => withoutEnforcedPurposes(supergraph('', `extend schema ${link}`))).toThrow(StartUpError);
  });
});
