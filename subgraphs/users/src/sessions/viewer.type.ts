import { Field, ObjectType } from '@nestjs/graphql';
import { EmailAddress } from '@kit/mail';
import { UserType } from '../accounts/user.type.js';
import { SessionType } from './session.type.js';

@ObjectType('Viewer', {
  description: 'The logged-in user, with the data that no other user can see.',
})
export class ViewerType {
  @Field(() => UserType, { description: 'The viewer as other users see them.' })
  user: UserType;

  @Field(() => EmailAddress, { description: 'The e-mail address that the viewer logs in with.' })
  email: string;

  @Field(() => [String], { description: 'The scopes of the access token.' })
  scopes: string[];

  @Field(() => SessionType, { description: 'The current session.' })
  currentSession: SessionType;
}
