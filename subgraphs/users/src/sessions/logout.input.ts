import { Field, InputType } from '@nestjs/graphql';

@InputType({ description: 'What to log out of.' })
export class LogoutInput {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Every session of the viewer, on all their devices, instead of this one alone.',
  })
  allSessions?: boolean | null;
}
