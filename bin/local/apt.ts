import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { findExecutable, run, type Outcome } from './executable.ts'
import type { Report } from './service.ts'

const installWithinMs = 300_000
const updateWithinMs = 120_000

/** Whether packages can be installed here without asking anybody: root on Debian, Ubuntu or a system made of them. */
export function hasApt(): boolean {
  if (process.getuid?.() !== 0 || findExecutable(['apt-get']) === null || !existsSync('/etc/os-release')) return false
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
}

const policyFile = '/usr/sbin/policy-rc.d'

/** Nothing that a package brings is started as a system service: what we start is ours, on a port of our own. */
async function withoutServices<Result>(install: () => Promise<Result>): Promise<Result> {
  if (existsSync(policyFile)) return install()
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await install()
  } finally {
    rmSync(policyFile, { force: true })
  }
}

const apt = (args: readonly string[], withinMs: number): Promise<Outcome> =>
  run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-y', '--no-install-recommends', ...args], {
    withinMs,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  })

let queue: Promise<unknown> = Promise.resolve()

/** Installs a package, refreshing the lists first where they do not have it. Null when done, else why not. */
export function aptInstall(name: string, report: Report): Promise<string | null> {
  // One at a time: dpkg has one lock, and so have the lists.
  const installed = queue.then(() =>
    withoutServices(async () => {
      report(`installing ${name} (apt-get)`)
      const first = await apt(['install', name], installWithinMs)
      if (first.code === 0) return null
      report('refreshing the package lists (apt-get update)')
      await apt(['update'], updateWithinMs)
      const second = await apt(['install', name], installWithinMs)
      if (second.code === 0) return null
      const lines = second.output.trim().split('\n').slice(-3).join(' / ')
      return second.timedOut ? `no end after ${installWithinMs / 1_000} s` : lines
    }),
  )
  queue = installed.catch(() => undefined)
  return installed
}
