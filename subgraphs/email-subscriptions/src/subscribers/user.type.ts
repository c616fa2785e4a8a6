import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';

/** Owned by the users subgraph, and described as there; this one only adds what it knows of a user. */
@ObjectType({ description: 'A person with an account, as other users see them.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID, { description: 'The unique identifier of the user, a UUID. It is never reused.' })
  id: string;
}
