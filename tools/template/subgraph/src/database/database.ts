import { defineDatabase } from '@kit/database';
import { EVENT_LOG_ENTITIES } from '@kit/event-log';
import { $ItemEntity } from '../$name/$one.entity.js';
import { Create$Items$TIME } from './migrations/$TIME-create-$name.js';

export const database = defineDatabase({
  name: '$name',
  entities: [$ItemEntity, ...EVENT_LOG_ENTITIES],
  migrations: [Create$Items$TIME],
});
