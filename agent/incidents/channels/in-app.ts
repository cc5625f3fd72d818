/** The centre of the console shows every transition to everybody by itself: nothing is sent, and nothing can be left out. */
export const inApp = { isRoutable: false } as const
