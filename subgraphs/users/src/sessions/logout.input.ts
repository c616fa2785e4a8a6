import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `logout`.' })
export class LogoutInput {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Whether to revoke all sessions of the viewer, on all devices, instead of only the current one.',
  })
  allSessions?: boolean | null;
}
