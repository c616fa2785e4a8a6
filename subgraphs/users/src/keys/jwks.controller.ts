import { Controller, Get, Inject, Res } from '@nestjs/common';
import { Public } from '@kit/auth';
import type { FastifyReply } from 'fastify';
import { CONFIG } from '@kit/service';
import type { Config } from '../config.js';
import type { PublicJwk } from './public-jwk.js';
import { SigningKeys } from './signing-keys.service.js';

const LONGEST_CACHED_SECONDS = 300;
/** The part of the lead time for which the key set may be cached. The rest is for replicas and caches of verifiers. */
const CACHED_SHARE = 1 / 4;

@Controller('.well-known')
export class JwksController {
  private readonly cacheControl: string;

  constructor(
    private readonly keys: SigningKeys,
    @Inject(CONFIG) { SIGNING_KEY_LEAD_MS }: Config,
  ) {
    const seconds = Math.floor((SIGNING_KEY_LEAD_MS / 1_000) * CACHED_SHARE);
    this.cacheControl = `public, max-age=${Math.min(seconds, LONGEST_CACHED_SECONDS)}`;
  }

  /** Returns the JWK Set (RFC 7517, section 5) that verifies access tokens. */
  @Get('jwks.json')
  @Public()
  jwks(@Res({ passthrough: true }) reply: FastifyReply): { keys: PublicJwk[] } {
    void reply.header('cache-control', this.cacheControl);
    return { keys: this.keys.published() };
  }
}
