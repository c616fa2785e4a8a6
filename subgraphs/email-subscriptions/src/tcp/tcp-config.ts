import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { GATEWAY } from '@kit/auth';
import { ConfigurationError, isExample, secret, wholeNumber } from '@kit/service';
import { z } from 'zod';
import type { TcpCaller } from './tcp-callers.js';

export interface MessageListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly callers: readonly TcpCaller[];
  /** The `aud` of valid tokens. */
  readonly audience: string;
}

/** The scopes that a caller may have. */
const SCOPES = ['users:read', 'users:admin', 'subscribers:read', 'subscribers:write'] as const;

/** The name of a caller, in logs and tokens. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

const CALLERS = z.array(
  z.strictObject({
    name: z
      .string()
      .regex(NAME, 'is not a name of 1 to 64 letters, digits, dots, dashes and underscores')
      .refine((name) => name.toLowerCase() !== GATEWAY, 'is the name of the gateway'),
    secret: secret(),
    previousSecret: secret().optional(),
    scopes: z.array(z.enum(SCOPES, `is not one of ${SCOPES.join(', ')}`)),
  }),
);
type Callers = z.output<typeof CALLERS>;

/** The variables of a service that listens for TCP messages. */
export const tcpEnvironment = () => ({
  /** Without it, the service does not listen for TCP messages. */
  TCP_PORT: wholeNumber(0, 65_535).optional(),
  /** A JSON list of callers. */
  TCP_CALLERS: callers().optional(),
  /** The PEM files of the certificate and its key. Both together enable TLS. */
  TCP_TLS_CERT: z.string().optional(),
  TCP_TLS_KEY: z.string().optional(),
});

type TcpConfig = z.output<z.ZodObject<ReturnType<typeof tcpEnvironment>>>;

/** Other variables of the service, among them secrets that callers must not have. */
interface ServiceConfig {
  readonly HOST: string;
  readonly NODE_ENV: string;
  readonly TXN_TOKEN_SECRET: string;
  readonly TXN_TOKEN_SECRET_PREVIOUS?: string | undefined;
  readonly CURSOR_SECRET?: string | undefined;
}

type Tls = MessageListenerOptions['tls'];

/**
 * Without TCP_PORT, the other variables have no effect.
 * @returns undefined when the service does not listen for TCP messages
 * @throws ConfigurationError with all conflicts between variables and all unusable files
 */
export function tcpOptions(
  config: TcpConfig & ServiceConfig,
  audience: string,
): MessageListenerOptions | undefined {
  const { TCP_PORT: port, TCP_CALLERS: known = [], HOST: host } = config;
  if (port === undefined) return undefined;
  const faults = faultsOfCallers(known, config);
  const tls = tlsOf(config, faults);
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  return { host, port, callers: known, audience, tls };
}

/** Finds faults that concern several callers or other variables. */
function faultsOfCallers(known: Callers, config: ServiceConfig): string[] {
  if (known.length === 0) return ['TCP_PORT is set, so TCP_CALLERS must name at least one caller'];
  const faults: string[] = [];
  const secrets = known.flatMap(secretsOf);
  for (const variable of ['TXN_TOKEN_SECRET', 'TXN_TOKEN_SECRET_PREVIOUS', 'CURSOR_SECRET'] as const) {
    if (secrets.some((each) => each === config[variable]))
      faults.push(`TCP_CALLERS must not hold ${variable}: a caller could pretend to be this system`);
  }
  if (config.NODE_ENV === 'production' && secrets.some(isExample))
    faults.push('TCP_CALLERS still holds an example value: make a secret with `openssl rand -hex 32`');
  return faults;
}

function callers() {
  return z.string().transform((text, context): Callers => {
    const parsed = parseCallers(text);
    if ('callers' in parsed) return parsed.callers;
    const example = '[{"name":"monolith","secret":"…","scopes":["subscribers:read","subscribers:write"]}]';
    context.addIssue({
      code: 'custom',
      message: `cannot be used (${parsed.faults.join('; ')}); use a list such as ${example}`,
    });
    return z.NEVER;
  });
}

/** Faults never quote a value, because it may be a secret. */
function parseCallers(text: string): { callers: Callers } | { faults: string[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { faults: ['it is not JSON'] };
  }
  const { success, data, error } = CALLERS.safeParse(value, { error: faultOf });
  if (!success) {
    return {
      faults: error.issues.map(({ path, message }) => `at ${path.join('.') || 'its beginning'}: ${message}`),
    };
  }
  const faults = data.flatMap((caller, index) => {
    const before = data.slice(0, index);
    return [
      ...(before.some(({ name }) => name === caller.name) ? [`${caller.name} is named twice`] : []),
      ...(shareSecret(before, caller) ? [`${caller.name} shares a secret with another caller`] : []),
    ];
  });
  return faults.length > 0 ? { faults } : { callers: data };
}

function faultOf({ code, input }: z.core.$ZodRawIssue): string | undefined {
  if (code === 'unrecognized_keys') return 'has a field other than name, secret, previousSecret and scopes';
  return code === 'invalid_type' && input === undefined ? 'is missing' : undefined;
}

function shareSecret(others: Callers, caller: Callers[number]): boolean {
  const theirs = new Set(others.filter(({ name }) => name !== caller.name).flatMap(secretsOf));
  return secretsOf(caller).some((each) => theirs.has(each));
}

function secretsOf({ secret: current, previousSecret = current }: Callers[number]): string[] {
  return [current, previousSecret];
}

/** Adds its errors to `faults`. */
function tlsOf({ TCP_TLS_CERT, TCP_TLS_KEY }: TcpConfig, faults: string[]): Tls {
  if (TCP_TLS_CERT === undefined && TCP_TLS_KEY === undefined) return undefined;
  if (TCP_TLS_CERT === undefined || TCP_TLS_KEY === undefined) {
    faults.push('TCP_TLS_CERT and TCP_TLS_KEY go together: one of them is missing');
    return undefined;
  }
  const cert = contentOf('TCP_TLS_CERT', TCP_TLS_CERT, faults);
  const key = contentOf('TCP_TLS_KEY', TCP_TLS_KEY, faults);
  if (!cert || !key) return undefined;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    faults.push(
      `TCP_TLS_CERT and TCP_TLS_KEY are not a certificate and its key: ${(error as Error).message}`,
    );
  }
  return { cert, key };
}

function contentOf(variable: string, file: string, faults: string[]): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    faults.push(`${variable}: the file cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
