export interface Lock {
  readonly packages?: Readonly<
    Record<string, { version?: string; integrity?: string; optional?: boolean; devOptional?: boolean }>
  >
}
export function fingerprint(lockText: string, platform?: string, arch?: string): string
export function installedMatches(lock: Lock, installed: Lock): boolean
export function inStep(checkout: string): boolean
export function writeStamp(checkout: string): void
export function registerUse(runFolder: string, name: string): string
export function othersUsing(runFolder: string): readonly { readonly pid: number; readonly name: string }[]
export function takeInstallLock(file: string): (() => void) | null
