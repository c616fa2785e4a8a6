import { Field, ID, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `revokeSessions`. Set either `ids` or `othersOnly: true`.' })
export class RevokeSessionsInput {
  @Field(() => [ID], {
    nullable: true,
    description:
      'The ids of at most 100 sessions to revoke. Ids that do not belong to a session of the viewer are ignored.',
  })
  ids?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether to revoke all sessions except the current one.',
  })
  othersOnly?: boolean | null;
}
