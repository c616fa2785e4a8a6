import { Directive } from '@nestjs/graphql';
import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLNonNull } from 'graphql';

/** Named so that composition keeps it out of the public schema: it belongs to the directive's specification. */
const AUDIENCE = new GraphQLEnumType({ name: 'live__Audience', values: { VIEWER: {}, SCOPES: {} } });

/** Whom the events of a Subscription field depend on. */
export type Audience = 'VIEWER' | 'SCOPES';

/** `@live(audience:)`, for the schema of a subgraph that has live fields. */
export const LIVE_DIRECTIVE = new GraphQLDirective({
  name: 'live',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { audience: { type: new GraphQLNonNull(AUDIENCE), defaultValue: 'VIEWER' } },
});

/**
 * Says what the events of a Subscription field depend on: on the person who watches (`VIEWER`), or on their scopes
 * only (`SCOPES`), so that the gateway lets watchers with equal scopes share one subscription that acts with exactly
 * these scopes and no person behind it.
 */
export const Live = (audience: Audience): MethodDecorator => Directive(`@live(audience: ${audience})`);

/** What a subgraph's printed SDL needs besides, for composition to carry the directive over into the supergraph. */
export const LIVE_LINK = `extend schema
  @link(url: "https://specs.example.com/live/v1.0", import: ["@live"])
  @composeDirective(name: "@live")`;
