import type { GatewayRoute } from '@kit/gateway';
import { fileRoutes } from './files.js';
import { signUpRoutes } from './sign-up.js';
import { tokenPages } from './token-pages.js';

/**
 * The public pages and files of this product, beside `/graphql`.
 * @param listedOrigins the origins that a sign-up form may redirect to
 */
export function publicRoutes(listedOrigins: readonly string[]): readonly GatewayRoute[] {
  return [...tokenPages, ...signUpRoutes(new Set(listedOrigins)), ...fileRoutes];
}
