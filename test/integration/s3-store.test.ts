import { storeContract } from '../../media/store/store.contract.ts'
import { openStore } from '../../media/index.ts'
import { S3Server } from '../support/s3-server.ts'

storeContract('that speaks S3', async () => {
  const server = await S3Server.start()
  const store = openStore({ url: server.urlOf(), keyId: S3Server.key, secret: S3Server.key })
  return { store, takesBack: false, close: () => server.stop() }
})
