// The npm clients of IPFS Cluster, its pinning service and Kubo, against a service or through a gate. The environment says where and
// as whom: IPFS_URL, and IPFS_AUTHORIZATION (the whole header) or IPFS_TOKEN (a bearer token) or IPFS_USER and IPFS_PASSWORD;
// NODE_EXTRA_CA_CERTS names the file of the authority. IPFS_CID, where given, is the CID that is pinned.
//   node client.mjs cluster|pinning|kubo [CALL,CALL...]
// Prints one JSON line for each call: {"call","ok","result"} or {"call","ok":false,"status","message"}; it goes on after a failure.
import { Cluster } from '@nftstorage/ipfs-cluster'
import { Configuration, RemotePinningServiceClient } from '@ipfs-shipyard/pinning-service-client'
import { create } from 'kubo-rpc-client'

const env = process.env
const url = env.IPFS_URL.replace(/\/$/, '')
const cid = env.IPFS_CID ?? 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const other = env.IPFS_OTHER_CID ?? 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const basic = env.IPFS_USER && 'Basic ' + Buffer.from(`${env.IPFS_USER}:${env.IPFS_PASSWORD}`).toString('base64')
const authorization = env.IPFS_AUTHORIZATION ?? (env.IPFS_TOKEN ? `Bearer ${env.IPFS_TOKEN}` : basic)
const headers = authorization ? { authorization } : {}
const text = 'Hello from a client.\n'

const gather = async source => {
  const all = []
  for await (const item of source) all.push(item)
  return all
}

const suites = {
  cluster () {
    const cluster = new Cluster(url, { headers })
    const file = (name, size = 0) => new File([size > 0 ? Buffer.alloc(size, name) : text], name)
    return {
      version: () => cluster.version(),
      info: async () => (await cluster.info()).id.length > 0,
      peers: async () => (await cluster.peerList()).length,
      metricNames: async () => (await cluster.metricNames()).length,
      add: async () => (await cluster.add(file('hello.txt'))).cid,
      addLarge: async () => (await cluster.add(file('large.bin', 1 << 20))).cid.length > 0,
      addDirectory: async () => (await cluster.addDirectory([file('d/a.txt'), file('d/b.txt')])).length,
      pin: async () => (await cluster.pin(cid, { name: 'one', metadata: { k: 'v' } })).cid,
      status: async () => Object.values((await cluster.status(cid)).peerMap).map(p => p.status)[0],
      statusAll: async () => (await cluster.statusAll()).some(s => s.cid === cid),
      allocation: async () => (await cluster.allocation(cid)).name,
      recover: async () => (await cluster.recover(cid)).cid,
      unpin: async () => (await cluster.unpin(cid)).cid,
      pinPath: async () => (await cluster.pin(`/ipfs/${other}`, { name: 'path' })).cid,
      unpinPath: async () => (await cluster.unpin(`/ipfs/${other}`)).cid,
      pinExpire: async () => (await cluster.pin(cid, { expireAt: new Date(Date.now() + 3600e3) })).cid,
      pinReplication: async () => (await cluster.pin(cid, { replicationFactorMin: 1, replicationFactorMax: 1 })).cid,
      unpinAgain: async () => (await cluster.unpin(cid)).cid
    }
  },

  pinning () {
    const bearer = authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined
    const client = new RemotePinningServiceClient(new Configuration({ endpointUrl: url, accessToken: bearer, headers: bearer ? undefined : headers }))
    let id
    return {
      add: async () => {
        const status = await client.pinsPost({ pin: { cid, name: 'remote', meta: { k: 'v' } } })
        id = status.requestid
        return [status.status, status.pin.cid]
      },
      get: async () => (await client.pinsRequestidGet({ requestid: id ?? cid })).pin.name,
      list: async () => (await client.pinsGet({ limit: 10 })).results !== undefined,
      listName: async () => [...(await client.pinsGet({ name: 'remote' })).results].map(r => r.pin.cid),
      replace: async () => {
        const status = await client.pinsRequestidPost({ requestid: id ?? cid, pin: { cid: other, name: 'replaced' } })
        id = status.requestid
        return status.pin.cid
      },
      remove: async () => {
        await client.pinsRequestidDelete({ requestid: id ?? cid })
        return true
      }
    }
  },

  kubo () {
    const kubo = create({ url: new URL('/api/v0', url).href, headers })
    let added
    return {
      id: async () => (await kubo.id()).id.toString().length > 0,
      version: async () => (await kubo.version()).version.length > 0,
      add: async () => {
        added = (await kubo.add(text)).cid
        return added.toString()
      },
      addAll: async () => (await gather(kubo.addAll([{ path: 'd/a', content: 'a' }, { path: 'd/b', content: Buffer.alloc(300000, 'b') }]))).length,
      cat: async () => Buffer.concat(await gather(kubo.cat(added ?? cid))).toString(),
      blockPut: async () => (await kubo.block.put(Buffer.from(text), { format: 'raw' })).toString(),
      blockGet: async () => Buffer.from(await kubo.block.get(added ?? cid)).toString(),
      pinAdd: async () => (await kubo.pin.add(added ?? cid)).toString().length > 0,
      pinLs: async () => (await gather(kubo.pin.ls())).length > 0,
      pinRm: async () => (await kubo.pin.rm(added ?? cid)).toString().length > 0,
      repoStat: async () => Number((await kubo.repo.stat()).numObjects) >= 0,
      repoGc: async () => Array.isArray(await gather(kubo.repo.gc())),
      swarmPeers: async () => (await kubo.swarm.peers()).length,
      configGet: async () => await kubo.config.get('Addresses.API'),
      keyList: async () => (await kubo.key.list()).map(k => k.name),
      filesMkdir: async () => await kubo.files.mkdir('/made') ?? true,
      filesLs: async () => (await gather(kubo.files.ls('/'))).map(f => f.name)
    }
  }
}

const [suite, wanted] = process.argv.slice(2)
const calls = suites[suite]()
for (const call of wanted ? wanted.split(',') : Object.keys(calls)) {
  try {
    console.log(JSON.stringify({ call, ok: true, result: await calls[call]() ?? null }))
  } catch (fault) {
    console.log(JSON.stringify({ call, ok: false, status: fault.response?.status ?? fault.status ?? null, message: fault.message ?? fault.statusText }))
  }
}
process.exit(0)
