/** Versions that one life of a root may give out. */
const versionsOfLife = 2 ** 26
/** Above so many in one life nothing volatile raises the version any more. */
const volatileVersionsMax = versionsOfLife / 2

/*
 * Plans differ by what is durable and by whether the zone is full, which is not: a new owner of the root knows nothing of the versions that the
 * one before it gave out for the latter. So the root's epoch, which rises with each owner, stands in the upper part of the version, and all
 * versions of one life are above all of the lives before. 2^26 versions a life and 2^53 in all leave room for 134 million lives. `isFull` turns
 * twice a second at the most: half of a life's versions last for 194 days of that, and then it stays as it is until the next life, so that
 * there is room for every change of what is durable.
 */

/** What the version is at the least in that life. */
const floorOf = (epoch: number): number => epoch * versionsOfLife

/** The version that is told in that life, where `told` was the last one. At least 1, since epochs are. */
export const versionIn = (epoch: number, told: number): number => Math.max(told, floorOf(epoch))

/** The next one. */
export const versionAfter = (epoch: number, told: number): number => versionIn(epoch, told) + 1

/** Whether something volatile may still raise it in the life that told it. */
export const mayRaiseVolatile = (told: number): boolean => told % versionsOfLife < volatileVersionsMax
