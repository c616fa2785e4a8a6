import {
  ConfigurationError,
  postgresUrl,
  readEnvironment,
  secret,
  serviceEnvironment,
  wholeNumber,
} from '@kit/service';
import type { z } from 'zod';

/** The variables that a subgraph adds, by their names. Some defaults depend on whether it runs in production. */
export type Variables<Shape extends z.ZodRawShape = z.ZodRawShape> = (isProduction: boolean) => Shape;

/** The variables of every subgraph. `port` is the default of `PORT`. */
const commonEnvironment = (port: number) => ({
  ...serviceEnvironment(port),
  DATABASE_URL: postgresUrl(),
  DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default(10),
  TXN_TOKEN_SECRET: secret(),
  TXN_TOKEN_SECRET_PREVIOUS: secret().optional(),
});

type CommonConfig = z.output<z.ZodObject<ReturnType<typeof commonEnvironment>>>;

/** The whole configuration of a subgraph. */
export type SubgraphConfig<Shape extends z.ZodRawShape = z.ZodRawShape> = CommonConfig & {
  /** Undefined when the subgraph signs its cursors with another secret. */
  readonly CURSOR_SECRET?: string | undefined;
} & z.output<z.ZodObject<Shape>>;

/** The part of the configuration that modules may use, which `CONFIG` injects: without the secrets of the kit. */
export type ConfigOf<Of extends Variables = Variables> = Omit<CommonConfig, KitSecret> &
  z.output<z.ZodObject<ReturnType<Of>>>;

const KIT_SECRETS = ['TXN_TOKEN_SECRET', 'TXN_TOKEN_SECRET_PREVIOUS', 'CURSOR_SECRET'] as const;
type KitSecret = (typeof KIT_SECRETS)[number];

export interface EnvironmentDefinition<Shape extends z.ZodRawShape> {
  /** The default of `PORT`. */
  readonly port: number;
  readonly variables?: Variables<Shape>;
  /** Finds the faults of variables that are valid on their own but not together. */
  readonly faults?: (config: SubgraphConfig<Shape>) => string[];
  /** The secret that signs cursors. By default it is `CURSOR_SECRET`, which is then required. */
  readonly cursorSecret?: (config: SubgraphConfig<Shape>) => string;
}

/** @throws ConfigurationError that names every bad or missing variable */
export function readSubgraphConfig<Shape extends z.ZodRawShape>(
  definition: EnvironmentDefinition<Shape>,
  environment: NodeJS.ProcessEnv,
): SubgraphConfig<Shape> {
  const shape = shapeOf(definition, environment.NODE_ENV === 'production');
  const config = readEnvironment(shape, environment) as SubgraphConfig<Shape>;
  const faults = definition.faults?.(config) ?? [];
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  return config;
}

export function withoutKitSecrets(config: SubgraphConfig): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => !KIT_SECRETS.some((secretName) => secretName === name)),
  );
}

/** Valid for most variables: a URL, an origin, and a number. The first two are as long as a secret. */
const PLACEHOLDERS = ['postgres://127.0.0.1/unused-placeholder', 'http://placeholder.example.com:10000', '1'];

/** Values for the required variables, for programs that open and sign nothing. */
export function placeholders<Shape extends z.ZodRawShape>(
  definition: EnvironmentDefinition<Shape>,
): Record<string, string> {
  const required = Object.entries(shapeOf(definition, false)).flatMap(([name, type]) => {
    const accepts = (value: unknown) => (type as z.ZodType).safeParse(value).success;
    if (accepts(undefined)) return [];
    const value = PLACEHOLDERS.find(accepts);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(required);
}

function shapeOf<Shape extends z.ZodRawShape>(
  { port, variables, cursorSecret }: EnvironmentDefinition<Shape>,
  isProduction: boolean,
) {
  return {
    ...commonEnvironment(port),
    ...(!cursorSecret && { CURSOR_SECRET: secret() }),
    ...variables?.(isProduction),
  };
}
