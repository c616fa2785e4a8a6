import { Directive } from '@nestjs/graphql';
import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLNonNull } from 'graphql';

/** The prefix keeps it out of the public schema: it belongs to the directive's specification. */
const AUDIENCE = new GraphQLEnumType({ name: 'live__Audience', values: { VIEWER: {}, SCOPES: {} } });

/** The events of a Subscription field depend on the user, or only on the user's scopes. */
export type Audience = 'VIEWER' | 'SCOPES';

/** `@live(audience:)`, for the schema of a subgraph with Subscription fields. It is not GraphQL's _live query_. */
export const LIVE_DIRECTIVE = new GraphQLDirective({
  name: 'live',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { audience: { type: new GraphQLNonNull(AUDIENCE), defaultValue: 'VIEWER' } },
});

/**
 * Declares what the events of a Subscription field depend on: the user (`VIEWER`), or only the user's scopes (`SCOPES`).
 * With `SCOPES`, users with equal scopes share one subscription of the gateway, which has these scopes and no user.
 */
export const Live = (audience: Audience): MethodDecorator => Directive(`@live(audience: ${audience})`);

/** Makes composition keep the directive in the supergraph. To be added to the printed SDL. */
export const LIVE_LINK = `extend schema
  @link(url: "https://specs.example.com/live/v1.0", import: ["@live"])
  @composeDirective(name: "@live")`;
