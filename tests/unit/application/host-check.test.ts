import { expect, test } from 'vitest'
import { isLoopback, isOwnHost } from '../../../agent/server/host-check.ts'

test.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1', '0:0:0:0:0:0:0:1'])(
  '%s is this machine alone',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each(['0.0.0.0', '::', '192.168.1.2', '10.0.0.1', 'example.com', '', '::ffff:7f00:1', 'localhost.example.com'])(
  '%s would let other machines in',
  (host) => {
    expect(isLoopback(host)).toBe(false)
  },
)

test.each(['localhost:4180', '127.0.0.1:4180', '[::1]:4180', 'LocalHost:4180'])(
  'a request to %s is for us',
  (header) => {
    expect(isOwnHost(header, 4_180)).toBe(true)
  },
)

test.each([
  'evil.example:4180',
  'localhost',
  'localhost:80',
  'localhost:41800',
  '127.0.0.1.evil.example:4180',
  '',
  undefined,
])('a request to %s is not for us (DNS rebinding)', (header) => {
  expect(isOwnHost(header, 4_180)).toBe(false)
})

test('without a port in the name it is port 80', () => {
  expect(isOwnHost('localhost', 80)).toBe(true)
})
