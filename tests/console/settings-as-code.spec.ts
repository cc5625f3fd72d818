import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { expect, test } from './support/fixtures.ts'

test('settings are downloaded, a file is compared with them, and only what was shown is applied', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await agent.sql.query(
    `insert into dataset_policies (brand_id, dataset_key, max_age_hours) values ($1::uuid, 'orders', 12)`,
    [brandId],
  )
  await page.goto(agent.at('admin'))
  const section = page.getByRole('region', { name: 'Settings as code', exact: true })
  const download = page.waitForEvent('download')
  await section.getByRole('button', { name: 'Download as YAML' }).click()
  const yaml = await readFile(await (await download).path(), 'utf8')
  expect(yaml).toContain('max_age_hours: 12')

  const text = `${yaml.replace('max_age_hours: 12', 'max_age_hours: 6')}  - note: <b>Quiet</b>\n`.replace(
    'mutes: []\n',
    'mutes:\n',
  )
  const chooser = page.waitForEvent('filechooser')
  await section.getByRole('button', { name: 'Compare with a file' }).click()
  await (await chooser).setFiles({ name: 'acme.yaml', mimeType: 'application/yaml', buffer: Buffer.from(text) })
  await expect(section.getByRole('status')).toHaveText(
    /^Nothing is done yet: 1 to add, 1 to change; \d+ as the file says\.$/,
  )
  const change = section.getByRole('row', { name: /^Change maximum age Acme · orders/ })
  await expect(change).toContainText('max age hours 12 → 6')

  await section.getByRole('button', { name: 'Apply 2 changes' }).click()
  await expect(section.getByRole('status')).toHaveText('Applied 2 of 2 changes.')
  const { rows } = await agent.sql.query(
    `select max_age_hours::int as hours from dataset_policies where brand_id = $1::uuid`,
    [brandId],
  )
  expect(rows).toEqual([{ hours: 6 }])
  await section.getByRole('button', { name: 'Compare again' }).click()
  await expect(section.getByRole('status')).toHaveText(/^Nothing differs/)
})
