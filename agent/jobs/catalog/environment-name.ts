import { z } from 'zod'

/** What is secret stands in the agent's environment; the file has the name of the variable. */
export const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'Must be the name of an environment variable, not its value',
})
