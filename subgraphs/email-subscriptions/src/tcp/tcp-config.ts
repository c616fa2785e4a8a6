import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { GATEWAY } from '@supergraph/auth-context/txn-token';
import { SCOPES } from '@supergraph/auth-context/scopes';
import { ConfigurationError, isExample, secret, wholeNumber } from '@supergraph/service/environment';
import { z } from 'zod';
import type { MessageListenerOptions } from './message-listener.js';

/** A name as it stands in logs and tokens. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

const CALLERS = z.array(
  z.strictObject({
    name: z
      .string()
      .regex(NAME, 'is not a name of letters, digits, dots and dashes')
      .refine((name) => name !== GATEWAY, 'is the gateway’s'),
    secret: secret(),
    previousSecret: secret().optional(),
    scopes: z.array(z.enum(SCOPES, `is none of ${SCOPES.join(', ')}`)),
  }),
);

/** What a service reads that listens for TCP messages. */
export const tcpEnvironment = () => ({
  /** Unset: nothing listens. */
  TCP_PORT: wholeNumber(0, 65_535).optional(),
  /** Who may send: a list in JSON. */
  TCP_CALLERS: callers().optional(),
  /** A file in PEM, as the next: with both, TLS. */
  TCP_TLS_CERT: z.string().optional(),
  TCP_TLS_KEY: z.string().optional(),
});

type TcpConfig = z.output<z.ZodObject<ReturnType<typeof tcpEnvironment>>>;

/**
 * @returns undefined when nothing is to listen
 * @throws ConfigurationError when the variables do not go together, or a file cannot be used
 */
export function tcpOptions(
  config: TcpConfig & { readonly HOST: string; readonly NODE_ENV: string; readonly TXN_TOKEN_SECRET: string },
  audience: string,
): MessageListenerOptions | undefined {
  const { TCP_PORT: port, TCP_CALLERS: known, HOST: host } = config;
  if (port === undefined) return undefined;
  if (!known?.length) throw new ConfigurationError('TCP_PORT is set, so TCP_CALLERS must name who may send');
  const secrets = known.flatMap(({ secret: current, previousSecret = current }) => [current, previousSecret]);
  if (secrets.includes(config.TXN_TOKEN_SECRET)) {
    throw new ConfigurationError('TCP_CALLERS must not hold TXN_TOKEN_SECRET: that one is the gateway’s');
  }
  if (config.NODE_ENV === 'production' && secrets.some(isExample)) {
    throw new ConfigurationError(
      'TCP_CALLERS still holds an example value: make a secret with `openssl rand -hex 32`',
    );
  }
  return { host, port, callers: known, audience, tls: tlsOf(config) };
}

function callers() {
  return z.string().transform((text, context) => {
    const parsed = CALLERS.safeParse(fromJson(text));
    const faults = parsed.success
      ? twice(parsed.data.map(({ name }) => name)).map((name) => `names ${name} twice`)
      : parsed.error.issues.map(({ path, message }) => `at ${path.join('.') || 'its beginning'}: ${message}`);
    if (parsed.success && faults.length === 0) return parsed.data;
    const example = '[{"name":"monolith","secret":"…","scopes":["subscribers:read","subscribers:write"]}]';
    context.addIssue({
      code: 'custom',
      message: `is not usable (${faults.join('; ')}); it is a list such as ${example}`,
    });
    return z.NEVER;
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) < index);
}

function tlsOf({ TCP_TLS_CERT, TCP_TLS_KEY }: TcpConfig): { cert: Buffer; key: Buffer } | undefined {
  if (TCP_TLS_CERT === undefined && TCP_TLS_KEY === undefined) return undefined;
  if (TCP_TLS_CERT === undefined || TCP_TLS_KEY === undefined) {
    throw new ConfigurationError('TCP_TLS_CERT and TCP_TLS_KEY go together: set both, or neither');
  }
  const tls = { cert: contentOf('TCP_TLS_CERT', TCP_TLS_CERT), key: contentOf('TCP_TLS_KEY', TCP_TLS_KEY) };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new ConfigurationError(
      `TCP_TLS_CERT and TCP_TLS_KEY are not a certificate and its key: ${(error as Error).message}`,
    );
  }
  return tls;
}

function contentOf(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigurationError(`${variable}: the file cannot be read: ${(error as Error).message}`);
  }
}
