/** Links that one session has at the most: each costs a client one Opus stream up and one down, and an encoder. */
export const linksMax = 8

/** Up to so many people everybody links with everybody. */
export const fullMeshMax = linksMax + 1
