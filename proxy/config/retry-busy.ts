/** File operations that Windows refuses for a moment, while a virus scanner or an editor holds the file. */

/** The system's code of a failed file operation, such as ENOENT; '' when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Repeats what fails because the file is held by another program, for about a second. Elsewhere it's tried once. */
export async function retryBusy<T>(
  operation: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
  waitsMs: readonly number[] = [10, 25, 50, 100, 200, 300, 400],
): Promise<T> {
  for (const waitMs of platform === 'win32' ? waitsMs : []) {
    try {
      return await operation()
    } catch (error) {
      if (!['EPERM', 'EBUSY', 'EACCES'].includes(errorCode(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
  return operation()
}
