import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'Another password for the viewer’s account.' })
export class ChangePasswordInput {
  @Field({ description: 'The password until now, so that nobody changes it who merely found the device.' })
  currentPassword: string;

  @Field({ description: '10 to 128 characters of any kind.' })
  newPassword: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Whether the viewer’s other sessions end.',
  })
  revokeOtherSessions?: boolean | null;
}
