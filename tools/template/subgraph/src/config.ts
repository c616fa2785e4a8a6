import { wholeNumber } from '@kit/service';

/** The variables of this subgraph alone. service.yaml has them, too. */
export const variables = () => ({
  EVENT_LOG_RETENTION_HOURS: wholeNumber(1, 8_760).default(168),
});
