import { Controller, Get, Inject, Res } from '@nestjs/common';
import { Public } from '@supergraph/auth-context/decorators';
import type { FastifyReply } from 'fastify';
import { SETTINGS, type Settings } from '../core.module.js';
import type { PublicJwk } from './public-jwk.js';
import { SigningKeys } from './signing-keys.service.js';

const LONGEST_CACHED_SECONDS = 300;
/** Of the time between publication and first use; the rest is for our replicas, and for what verifiers keep themselves. */
const CACHED_SHARE = 1 / 4;

@Controller('.well-known')
export class JwksController {
  private readonly cacheControl: string;

  constructor(
    private readonly keys: SigningKeys,
    @Inject(SETTINGS) { SIGNING_KEY_LEAD_MS }: Settings,
  ) {
    const seconds = Math.floor((SIGNING_KEY_LEAD_MS / 1_000) * CACHED_SHARE);
    this.cacheControl = `public, max-age=${Math.min(seconds, LONGEST_CACHED_SECONDS)}`;
  }

  /** The JWK Set (RFC 7517, section 5) to verify access tokens with. */
  @Get('jwks.json')
  @Public()
  jwks(@Res({ passthrough: true }) reply: FastifyReply): { keys: PublicJwk[] } {
    void reply.header('cache-control', this.cacheControl);
    return { keys: this.keys.published() };
  }
}
