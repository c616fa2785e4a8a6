import { z } from 'zod';

/** The environment is not valid. The message names all bad and missing variables, without their values. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/**
 * Reads a service's environment. A variable with an empty value counts as missing.
 * @throws ConfigurationError that lists all problems at once
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = z.object(shape).safeParse(given);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => {
        const name = path.join('.');
        return name in given ? `${name} ${message}` : `${name} is missing`;
      });
  if (given.NODE_ENV === 'production') {
    for (const name of Object.keys(shape)) {
      if (name.includes('SECRET') && given[name] && isExample(given[name])) {
        faults.push(`${name} still holds an example value: generate one with \`openssl rand -hex 32\``);
      }
    }
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigurationError(['The environment is not usable:', ...faults].join('\n  - '));
  }
  return parsed.data;
}

/** Secrets in examples and documentation contain one of these words. */
export function isExample(secret: string): boolean {
  return /example|change-?me/i.test(secret);
}

/** The variables of all services. `port` is the default of `PORT`. */
export const serviceEnvironment = (port: number) => ({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'is not development, production or test')
    .default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(port),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'is not a log level')
    .default('info'),
  /** Loopback by default. The default of the port depends on `PORT` (`metricsPort`). */
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  DRAIN_TIMEOUT_MS: wholeNumber(0, 600_000).default(10_000),
});

export function wholeNumber(from: number, to: number) {
  const message = `is not a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(from, message).max(to, message));
}

/** A shared secret: at least 32 bytes. */
export function secret() {
  return z.string().refine((value) => Buffer.byteLength(value) >= 32, 'is shorter than 32 bytes');
}

/** `http://host:port` of another service, without a path. */
export function origin() {
  return z.string().transform((value, context) => {
    const found = originOf(value);
    if (found !== null) return found;
    context.addIssue({ code: 'custom', message: 'is not an origin such as http://127.0.0.1:4001' });
    return z.NEVER;
  });
}

/** Origins, separated by commas. */
export function origins() {
  return z.string().transform((list, context) => {
    const found = list.split(',').map((each) => originOf(each.trim()));
    if (found.every((each) => each !== null)) return found;
    context.addIssue({
      code: 'custom',
      message: 'is not an origin such as https://app.example.com, or several of them separated by commas',
    });
    return z.NEVER;
  });
}

function originOf(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isOrigin =
    url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username;
  return isOrigin ? url.origin : null;
}

/** `postgres://role:password@host:port/database`. */
export function postgresUrl() {
  return z
    .string()
    .refine(
      (value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol),
      'is not a URL such as postgres://role:password@127.0.0.1:5432/database',
    );
}
