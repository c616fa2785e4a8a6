import { Field, ID, InputType } from '@nestjs/graphql';

@InputType({ description: 'Which sessions to end: either `ids`, or `othersOnly: true`.' })
export class RevokeSessionsInput {
  @Field(() => [ID], {
    nullable: true,
    description: 'These, 100 at most; what is none of the viewer’s is ignored.',
  })
  ids?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'All but the session of this request.' })
  othersOnly?: boolean | null;
}
