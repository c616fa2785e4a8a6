import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'The input of `changePassword`.' })
export class ChangePasswordInput {
  @Field({ description: 'The current password.' })
  currentPassword: string;

  @Field({ description: 'The new password, from 10 to 128 characters long.' })
  newPassword: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Whether to revoke the other sessions of the viewer.',
  })
  revokeOtherSessions?: boolean | null;
}
