import { EventEmitter } from 'node:events'
import type { MessageBoxOptions, WebContents } from 'electron'
import { beforeEach, expect, test } from 'vitest'
import { hardenPages } from '../../../electron/hardening.ts'

const homepage = 'https://pipelines.example.com/releases'
let opened: string[]
let places: string[]
let copied: string[]
let refused: string[]
let questions: MessageBoxOptions[]
let answer: (response: number) => void
let answers: unknown[]
let follow: (url: string) => void

beforeEach(() => {
  ;[opened, places, copied, refused, questions, answers] = [[], [], [], [], [], []]
  const app = new EventEmitter()
  const parts = {
    app,
    shell: { openExternal: (address: string) => Promise.resolve(void opened.push(address)) },
    clipboard: { writeText: (text: string) => copied.push(text) },
    dialog: {
      showMessageBox: (options: MessageBoxOptions) => {
        questions.push(options)
        return new Promise((resolve) => (answer = (response) => resolve({ response, checkboxChecked: false })))
      },
    },
  }
  hardenPages({
    parts: parts as never,
    homepage,
    onOpen: (place) => places.push(place),
    onRefused: (what) => refused.push(what),
  })
  const page = new EventEmitter() as unknown as WebContents
  page.setWindowOpenHandler = (handler) => {
    // Only the address of what is asked for matters.
    follow = (url) => void answers.push(handler({ url } as never))
  }
  app.emit('web-contents-created', {}, page)
})

test('point 15: where a link of a log leads is shown before the browser goes there', async () => {
  follow('http://airflow.example.com:8080/dag?run=7')
  expect(questions).toMatchObject([
    {
      message: 'Open airflow.example.com:8080 in the browser?',
      detail: 'http://airflow.example.com:8080/dag?run=7',
      buttons: ['Open', 'Copy address', 'Cancel'],
      defaultId: 2,
    },
  ])
  expect(opened).toEqual([])
  follow('https://another.example.com/')
  expect(questions).toHaveLength(1)
  answer(0)
  await expect.poll(() => opened).toEqual(['http://airflow.example.com:8080/dag?run=7'])
})

test('the address can be copied instead, or the link left alone', async () => {
  follow('https://one.example.com/a')
  answer(1)
  await expect.poll(() => copied).toEqual(['https://one.example.com/a'])
  follow('https://two.example.com/')
  answer(2)
  follow('https://three.example.com/')
  await expect
    .poll(() => {
      follow('https://three.example.com/')
      return questions.length
    })
    .toBe(3)
  expect([opened, copied]).toEqual([[], ['https://one.example.com/a']])
})

test('known pages and the one of newer versions are opened without a question, our own in our window', () => {
  follow('https://github.com/x')
  follow(homepage)
  follow('app://console/runs?brand=1')
  expect([opened, places, questions]).toEqual([['https://github.com/x', homepage], ['/runs?brand=1'], []])
  const denied = { action: 'deny' }
  expect(answers).toEqual([denied, denied, denied])
})

test.each(['file:///etc/passwd', 'smb://x/y', 'javascript:1', 'https://user:password@example.com/', 'app://other/'])(
  'point 15: %s leads nowhere, and is not even asked about',
  (address) => {
    follow(address)
    expect([opened, places, questions]).toEqual([[], [], []])
    expect(refused).toHaveLength(1)
  },
)
