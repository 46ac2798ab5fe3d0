// @ts-check
// What statuses mean for the page.

/** @import { Status } from "./types" */

/** @type {Record<Status, boolean>} */
const IS_OPEN = { PENDING: true, GENERATING: true, COMPLETED: false, FAILED: false, CANCELED: false };

/** Whether it has not ended. @param {{ status: Status }} row */
export const isOpenRow = (row) => IS_OPEN[row.status];
