import { registerEnumType } from '@nestjs/graphql';
import { ROLES } from '../roles.js';

export const RoleType = Object.fromEntries(ROLES.map((role) => [role, role]));

registerEnumType(RoleType, {
  name: 'Role',
  description: 'A bundle of scopes that a user has.',
  valuesMap: {
    OWNER: { description: 'May do everything, giving roles to others included.' },
    ADMIN: { description: 'May do everything but give roles to others.' },
    EDITOR: { description: 'May see users and subscribers, and add and change subscribers.' },
    READER: { description: 'May see users and subscribers.' },
  },
});
