/** Databases of tests; whatever is called so at the end of a run was leaked. */
export const testDatabasePrefix = 'test_'
/** Application name of a test's own sessions, which are not counted as leaked by the code under test. */
export const testApplicationName = 'test'
