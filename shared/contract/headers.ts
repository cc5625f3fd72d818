/** Header of an answer that is an older one, because the database is away: the ISO instant at which it was true. */
export const keptAsOfHeader = 'pm-kept-as-of'
