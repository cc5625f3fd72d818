import type { SampleBrand } from '../store/sample.ts'

export const sampleOrganization = 'Sample organization'

/**
 * Three brands whose datasets show every state within a minute, each for a true reason:
 * - Alder Outdoor: everything runs often enough and stays fresh; its ads come from the simulator of Meta (examples/meta-simulator);
 * - Birch Coffee: wants its database activity no older than 36 seconds, but has it loaded every five minutes, so it is stale most
 *   of the time; its price list needs a file that nobody has provided;
 * - Cedar Home: its agent health is paused and was never synced.
 * The reports of two brands fall into the same minute every six minutes and then fight for the one archive.
 */
export function sampleBrands(now: Date): SampleBrand[] {
  return [alderOutdoor, birchCoffee(now), cedarHome]
}

const alderOutdoor: SampleBrand = {
  name: 'Alder Outdoor',
  maxAgeHours: {},
  adAccount: 'act_1001',
  librarySearch: 'outdoor gear',
  jobs: [
    {
      name: 'Database activity, every minute',
      jobType: 'database_activity',
      cron: '* * * * *',
      startsInSeconds: 0,
    },
    { name: 'Machine load, every minute', jobType: 'machine_load', cron: '* * * * *', startsInSeconds: 0 },
    { name: 'Agent health, every 2 minutes', jobType: 'agent_health', cron: '*/2 * * * *', startsInSeconds: 1 },
    { name: 'Report, every 2 minutes', jobType: 'daily_report', cron: '*/2 * * * *', startsInSeconds: 5 },
    { name: 'Meta sync, every 10 minutes', jobType: 'meta_sync', cron: '*/10 * * * *', startsInSeconds: 3 },
    {
      name: 'Templates, every 10 minutes',
      jobType: 'template_scrape',
      cron: '1-59/10 * * * *',
      startsInSeconds: 8,
    },
    {
      name: 'Landing pages, every 10 minutes',
      jobType: 'landing_page_refresh',
      cron: '1-59/10 * * * *',
      startsInSeconds: 10,
    },
    // Meta sync has to be done by then, on a slow machine too: a first scorecard without ads fails, and is tried again minutes later.
    { name: 'Scorecard, every 10 minutes', jobType: 'scorecard', cron: '2-59/10 * * * *', startsInSeconds: 40 },
  ],
}

function birchCoffee(now: Date): SampleBrand {
  // Three minutes from now at the latest: a tick right after loading would put off being stale to the second minute.
  const everyFiveMinutes = `${(now.getUTCMinutes() + 3) % 5}-59/5 * * * *`
  return {
    name: 'Birch Coffee',
    maxAgeHours: { database_activity: 0.01 },
    adAccount: null,
    librarySearch: null,
    jobs: [
      {
        name: 'Database activity, every 5 minutes',
        jobType: 'database_activity',
        cron: everyFiveMinutes,
        startsInSeconds: 0,
      },
      { name: 'Machine load, every 2 minutes', jobType: 'machine_load', cron: '*/2 * * * *', startsInSeconds: 2 },
      { name: 'Price list, every minute', jobType: 'import_prices', cron: '* * * * *', startsInSeconds: 0 },
    ],
  }
}

const cedarHome: SampleBrand = {
  name: 'Cedar Home',
  maxAgeHours: {},
  adAccount: null,
  librarySearch: null,
  jobs: [
    { name: 'Agent health, every 2 minutes', jobType: 'agent_health', cron: '*/2 * * * *', startsInSeconds: null },
    { name: 'Machine load, every 5 minutes', jobType: 'machine_load', cron: '*/5 * * * *', startsInSeconds: 3 },
    { name: 'Report, every 3 minutes', jobType: 'daily_report', cron: '*/3 * * * *', startsInSeconds: 5 },
  ],
}
