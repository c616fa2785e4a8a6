import { Directive } from '@nestjs/graphql';
import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLNonNull } from 'graphql';

/** The prefix `live__` keeps it out of the API schema, because it belongs to the directive's specification. */
const AUDIENCE = new GraphQLEnumType({
  name: 'live__Audience',
  description: 'The properties of a client that the events of a subscription may depend on.',
  values: {
    VIEWER: {
      description:
        'The events may depend on the user and the session. The gateway shares nothing between sessions.',
    },
    SCOPES: {
      description:
        'The events depend on the scopes alone. Clients with equal scopes share one upstream subscription, which has these scopes and no user.',
    },
  },
});

/** The properties of a client that the events of a subscription field may depend on. */
export type Audience = 'VIEWER' | 'SCOPES';

/** `@live(audience:)`, for the schema of a subgraph that has live fields. */
export const LIVE_DIRECTIVE = new GraphQLDirective({
  name: 'live',
  description:
    "Declares what the events of a subscription field depend on, so that the gateway knows which clients can share an upstream subscription. It is unrelated to GraphQL's live queries.",
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    audience: {
      type: new GraphQLNonNull(AUDIENCE),
      defaultValue: 'VIEWER',
      description: 'The properties of the client that the events may depend on.',
    },
  },
});

/**
 * Declares what the events of a subscription field depend on: the user and the session (`VIEWER`), or the scopes alone
 * (`SCOPES`). The gateway lets clients with equal scopes share one upstream subscription, which has these scopes and no
 * user.
 */
export const Live = (audience: Audience): MethodDecorator => Directive(`@live(audience: ${audience})`);

/** The specification of `@live`, which schemas link. */
export const LIVE_SPEC = 'https://specs.example.com/live/v1.0';
