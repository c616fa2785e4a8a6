// The rules of docs/architecture.md that concern imports. `npm run check` holds them.

const TESTS = String.raw`\.test\.ts$|/testing/`;

/** What only tests use is declared once, in the root. */
const TEST_LIBRARIES = '^node_modules/(@jest/globals|fast-check|typescript)/';

/** The packages that each package may import. A package that is not listed imports no other. */
const FOUNDATION = ['auth', 'service', 'manifest', 'database'];
const PACKAGES = {
  gateway: [...FOUNDATION, 'executor'],
  subgraph: FOUNDATION,
  'event-log': FOUNDATION,
  mail: FOUNDATION,
  database: ['service'],
  service: ['auth'],
};

/**
 * The rooms of the gateway package, from the top floor down. A room imports only from rooms below it. Its tests may also
 * look from above at what it does.
 */
const ROOMS = [
  'gateway',
  'http',
  'subscriptions',
  'schema',
  'execution',
  'edge',
  'identity',
  'subgraphs',
  'operation',
  'telemetry',
  'request',
];

/** @type {import('dependency-cruiser').IConfiguration} */
// oxlint-disable-next-line import/no-default-export -- dependency-cruiser reads it
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files must not import in circles. Type imports count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import must resolve. An entry that a package does not export does not.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'A package.json declares what its files import.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: TEST_LIBRARIES },
    },
    {
      name: 'packages-import-no-deployable',
      comment: 'A package knows no deployable.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(gateway|subgraphs|clients|examples|e2e|bench)/' },
    },
    {
      name: 'deployables-export-nothing',
      comment: 'Nobody imports a deployable.',
      severity: 'error',
      from: { path: '^(.+?)/src/' },
      to: { path: '^(gateway|subgraphs/[^/]+)/', pathNot: '^$1/' },
    },
    {
      name: 'tools-in-tests-only',
      comment: 'What runs in production imports no tools.',
      severity: 'error',
      from: { path: '^(packages|gateway|subgraphs|clients)/', pathNot: TESTS },
      to: { path: '^(tools|e2e|bench)/' },
    },
    {
      name: 'packages-by-their-entry',
      comment: 'A package is imported by its entry.',
      severity: 'error',
      from: { path: '^(.+?)/src/' },
      to: { path: '^packages/', pathNot: ['^$1/', String.raw`^packages/[^/]+/dist/index\.(js|d\.ts)$`] },
    },
    ...Object.entries(PACKAGES).map(([name, allowed]) => ({
      name: `package-${name}`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
    })),
    {
      name: 'package-unlisted',
      comment: 'A package that is not listed above imports no other package.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/', pathNot: `^packages/(${Object.keys(PACKAGES).join('|')})/` },
      to: { path: '^packages/', pathNot: '^packages/$1/' },
    },
    {
      name: 'gateway-room-unlisted',
      comment: 'A new room needs a place in the list of rooms.',
      severity: 'error',
      from: {},
      to: {
        path: '^packages/gateway/src/[^/]+/',
        pathNot: [`^packages/gateway/src/(${ROOMS.join('|')})/`, TESTS],
      },
    },
    ...ROOMS.slice(1).map((room, above) => ({
      name: `gateway-room-${room}`,
      severity: 'error',
      from: { path: `^packages/gateway/src/${room}/`, pathNot: TESTS },
      to: { path: `^packages/gateway/src/(${ROOMS.slice(0, above + 1).join('|')})/` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '/dist/snippets/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
};
