import { problemOf } from '../../settings/finding.ts'
import { check } from '../../settings/schema-issue.ts'
import { type Catalog, emptyCatalog } from './catalog.ts'
import { type CatalogInput, catalogFileSchema } from './file-schema.ts'
import { mergeCatalog } from './merge-catalog.ts'

/*
 * The built-in preset, in the format of a file. It says what exists and what readiness means. What talks to Meta is
 * built in, and is advertised by agents that have the token; of the other job types an agent advertises those of which
 * its own file says what runs.
 */

const thirtyDays = { days_back: 30 }
/**
 * Where the token is; a file that names another variable repeats the `run` of the steps. Steps that only work on what was
 * fetched name it too: an agent that is started beside an older worker takes nothing away from it until it is given the
 * token, and then does the whole chain.
 */
const token = { token_env: 'META_ACCESS_TOKEN' }

const marketing: CatalogInput = {
  extends: 'none',
  datasets: {
    meta_ads_performance: {
      label: 'Ad performance',
      description: 'One row per Meta ad and day: spend, reach, clicks, purchases, video views.',
      never_zero: true,
    },
    ad_thumbnails: { label: 'Ad thumbnails', description: 'Preview images of ads.' },
    ad_assets: { label: 'Ad assets', description: 'Videos and images of ads, downloaded.' },
    ad_classifications: { label: 'Ad classifications', description: 'What each ad does: awareness, format, hook.' },
    scorecard: { label: 'Scorecard', description: 'Weekly scores of the ads of a brand.' },
    templates_scraped: { label: 'Templates scraped', description: 'Ads of others, collected as templates.' },
    templates_evaluated: { label: 'Templates evaluated', description: 'Collected templates with a verdict.' },
    congruence_analysis: { label: 'Congruence analysis', description: 'How well ads and landing pages agree.' },
    ad_creations: { label: 'Ad creations', description: 'Ads generated from templates.' },
    landing_pages: { label: 'Landing pages', description: 'Pages that ads lead to, with their content.' },
  },
  job_types: {
    meta_sync: {
      label: 'Meta sync',
      description: 'Fetches insights of the ad accounts of the brand, then ads with their previews, images and videos.',
      timeout_minutes: 60,
      parameters: {
        type: 'object',
        properties: {
          days_back: {
            type: 'integer',
            minimum: 1,
            maximum: 90,
            default: 7,
            title: 'Days back',
            description:
              "How many days of insights to fetch, in the time zone of the ad account; today's are the last.",
          },
          include_inactive: {
            type: 'boolean',
            default: false,
            title: 'Include inactive ads',
            description:
              'Previews, images and videos also of ads that are not active. Their insights are always fetched.',
          },
          download_max_videos: { type: 'integer', minimum: 0, maximum: 1_000, default: 20, title: 'Videos at most' },
          download_max_images: { type: 'integer', minimum: 0, maximum: 1_000, default: 40, title: 'Images at most' },
          auto_classify: { type: 'boolean', default: false, title: 'Classify new ads' },
        },
        additionalProperties: false,
      },
      // Fetching and saving refresh the dataset together: it is fresh once the rows are saved, and failed if either fails.
      steps: [
        {
          key: 'insights',
          label: 'Fetch insights',
          dataset: 'meta_ads_performance',
          run: { builtin: 'meta_insights', with: token },
        },
        {
          key: 'save',
          label: 'Save insights',
          dataset: 'meta_ads_performance',
          run: { builtin: 'meta_save_insights' },
        },
        {
          key: 'thumbnails',
          label: 'Update thumbnails',
          dataset: 'ad_thumbnails',
          fatal: false,
          run: { builtin: 'meta_ads', with: token },
        },
        {
          key: 'assets',
          label: 'Download assets',
          dataset: 'ad_assets',
          fatal: false,
          run: { builtin: 'meta_assets', with: token },
        },
        {
          key: 'classify',
          label: 'Classify ads',
          dataset: 'ad_classifications',
          fatal: false,
          when: 'auto_classify',
          run: { builtin: 'run_step', with: { job_type: 'ad_classification', step: 'classify' } },
        },
      ],
      cadence: { cron: '0 6 * * *' },
    },
    scorecard: {
      label: 'Scorecard',
      description:
        'How each ad did in the last whole days, against as many days before: top performers, what needs attention.',
      steps: [{ key: 'scorecard', dataset: 'scorecard', run: { builtin: 'scorecard', with: token } }],
      parameters: parameters({ days_back: daysBack(7) }),
      cadence: { cron: '0 7 * * 1' },
    },
    template_scrape: {
      label: 'Template scrape',
      description:
        "Collects ads of others from Meta's Ad Library, by these parameters or else by the searches of the brand.",
      parameters: parameters({
        search_terms: { type: 'string', maxLength: 100, title: 'Words' },
        page_ids: {
          type: 'string',
          pattern: '^\\d{1,32}(,\\s*\\d{1,32})*$',
          maxLength: 2_000,
          title: 'Ids of pages',
          description: 'Numbers, separated by commas.',
        },
        countries: {
          type: 'string',
          pattern: '^(ALL|[A-Z]{2}(,\\s*[A-Z]{2})*)$',
          maxLength: 200,
          default: 'ALL',
          title: 'Countries',
          description:
            'Where the ads were shown: DE,GB. Outside the EU and the UK the library holds only political ads.',
        },
        search_url: {
          type: 'string',
          format: 'uri',
          maxLength: 2_000,
          title: 'Address of a search',
          description: 'Of the page of the Ad Library, instead of words, pages and countries.',
        },
        max_ads: count(50),
        include_inactive: { type: 'boolean', default: false, title: 'Include ads that do not run any more' },
      }),
      steps: [{ key: 'scrape', dataset: 'templates_scraped', run: { builtin: 'meta_library', with: token } }],
      cadence: { cron: '0 3 * * 1' },
    },
    template_approval: {
      label: 'Template approval',
      description: 'Judges scraped templates: which are worth being used. Done by a service of your own.',
      timeout_minutes: 120,
      parameters: parameters({
        max_templates: count(50),
        minimum_days: {
          type: 'integer',
          minimum: 0,
          maximum: 3_650,
          default: 14,
          title: 'Days at least',
          description: 'Only templates that have run for so long.',
        },
      }),
      steps: [{ key: 'evaluate', label: 'Evaluate templates', dataset: 'templates_evaluated' }],
    },
    congruence_reanalysis: {
      label: 'Congruence reanalysis',
      description: 'Judges how well ads and the pages they lead to agree. Done by a service of your own.',
      timeout_minutes: 120,
      parameters: parameters({
        max_ads: count(50),
        only_changed: {
          type: 'boolean',
          default: true,
          title: 'Only what changed',
          description: 'Only ads and pages that changed since they were judged last.',
        },
      }),
      steps: [{ key: 'analyze', label: 'Analyze ads and pages', dataset: 'congruence_analysis' }],
    },
    ad_classification: {
      label: 'Ad classification',
      description: 'Says of each ad what it does: awareness, format, hook. Done by a service of your own.',
      timeout_minutes: 120,
      parameters: parameters({
        days_back: daysBack(30),
        max_ads: count(200),
        only_new: {
          type: 'boolean',
          default: true,
          title: 'Only new ads',
          description: 'Only ads that have no classification yet.',
        },
      }),
      steps: [{ key: 'classify', label: 'Classify ads', dataset: 'ad_classifications' }],
    },
    asset_download: {
      label: 'Asset download',
      description: 'Downloads images and videos of ads that are not there yet, those on which most was spent first.',
      timeout_minutes: 120,
      parameters: parameters({
        max_videos: count(20),
        max_images: count(40),
        include_inactive: { type: 'boolean', default: false, title: 'Include inactive ads' },
      }),
      steps: [{ key: 'download', dataset: 'ad_assets', run: { builtin: 'meta_assets', with: token } }],
    },
    ad_creation: {
      label: 'Ad creation',
      description: 'Makes ads from a template. Done by a service of your own, and never repeated by itself.',
      timeout_minutes: 120,
      parameters: parameters({
        product_id: { type: 'string', maxLength: 200, title: 'Product' },
        template_id: { type: 'string', maxLength: 200, title: 'Template' },
        variations: count(5),
        instructions: { type: 'string', maxLength: 2_000, title: 'Instructions' },
      }),
      // Creating twice costs twice: when nobody knows whether it happened, a person decides.
      steps: [{ key: 'create', dataset: 'ad_creations', retry: 'never' }],
    },
    landing_page_refresh: {
      label: 'Landing page refresh',
      description: 'Asks for the pages that ads lead to, politely, and keeps status, title, hash and size of each.',
      parameters: parameters({ max_pages: count(100) }),
      steps: [{ key: 'refresh', dataset: 'landing_pages', run: { builtin: 'landing_pages', with: token } }],
      cadence: { cron: '0 4 * * 0' },
    },
  },
  pages: {
    ad_performance: {
      label: 'Ad performance',
      requires: [
        { dataset: 'meta_ads_performance', max_age_hours: 24, fix: { job_type: 'meta_sync', parameters: thirtyDays } },
      ],
    },
    hook_analysis: {
      label: 'Hook analysis',
      requires: [{ dataset: 'ad_classifications', max_age_hours: 48, fix: { job_type: 'ad_classification' } }],
    },
    template_queue: {
      label: 'Template queue',
      requires: [{ dataset: 'templates_scraped', max_age_hours: 168, fix: { job_type: 'template_scrape' } }],
    },
    template_evaluation: {
      label: 'Template evaluation',
      requires: [{ dataset: 'templates_evaluated', max_age_hours: 168, fix: { job_type: 'template_approval' } }],
    },
    congruence_insights: {
      label: 'Congruence insights',
      requires: [
        { dataset: 'ad_classifications', max_age_hours: 48, fix: { job_type: 'ad_classification' } },
        { dataset: 'landing_pages', max_age_hours: 168, fix: { job_type: 'landing_page_refresh' } },
      ],
    },
  },
}

type Schema = NonNullable<NonNullable<CatalogInput['job_types']>[string]['parameters']>

function parameters(properties: Schema): Schema {
  return { type: 'object', properties, additionalProperties: false }
}

function daysBack(days: number): Schema {
  return { type: 'integer', minimum: 1, maximum: 90, default: days, title: 'Days back' }
}

function count(usual: number): Schema {
  return { type: 'integer', minimum: 1, maximum: 1_000, default: usual, title: 'At most' }
}

/** The preset as a catalog. */
export function marketingCatalog(): Catalog {
  const checked = check(catalogFileSchema, marketing)
  if (!checked.ok) throw problemOf('invalid_catalog', checked.findings, () => 'built-in preset: ')
  return mergeCatalog(emptyCatalog, { fileName: 'built-in preset', locate: () => null, content: checked.value })
}
