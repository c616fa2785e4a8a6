import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';

/** An entity of the users subgraph, which has the same descriptions. This subgraph contributes `addedSubscribers`. */
@ObjectType({ description: 'A person with an account, as other users see them.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID, { description: 'The unique identifier of the user, a UUID. It is never reused.' })
  id: string;
}
