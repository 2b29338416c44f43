/*
 * A program of its own, so that the download can be given up: `node temporal-download.ts <folder> <version>`. The download
 * is the one that @temporalio/testing performs; it starts the server as well, which is the proof that the file works.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing'

const [downloadDir = '', version = ''] = process.argv.slice(2)
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version } },
})
await environment.teardown()
process.exit(0)
