import { Field, ObjectType } from '@nestjs/graphql';
import { EmailAddress } from '../accounts/email-address.scalar.js';
import { UserType } from '../accounts/user.type.js';
import { SessionType } from './session.type.js';

@ObjectType('Viewer', {
  description:
    'The person behind a request. What is private to them hangs here, not off the `User` that others reach.',
})
export class ViewerType {
  @Field(() => UserType, { description: 'They, as others see them.' })
  user: UserType;

  @Field(() => EmailAddress, { description: 'The address that they log in with.' })
  email: string;

  @Field(() => [String], { description: 'What they may do with the access token of this request.' })
  scopes: string[];

  @Field(() => SessionType, { description: 'The session of this request.' })
  currentSession: SessionType;
}
