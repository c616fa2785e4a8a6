export {
  ADD_SUBSCRIBER,
  GET_ALL_SUBSCRIBERS,
  type AddedSubscriber,
  type NewSubscriber,
  type Subscriber,
  type SubscribersPage,
  type SubscribersPageRequest,
} from './messages.js';
export {
  NoAnswerException,
  RefusedException,
  SubscribersException,
  UnreachableException,
} from './exceptions.js';
export { SubscribersClient } from './subscribers-client.js';
export { SubscribersClientModule } from './subscribers-client.module.js';
export type { SubscribersClientOptions } from './options.js';
export { SubscribersRecord, type ActingUser } from './subscribers-record.js';
