import process from 'node:process'
import { Redis } from 'ioredis'
import { Client } from 'pg'

// What a daemon's start is measured by: Node with nothing but the two drivers, connected to both servers.

const client = new Client(process.env.DATABASE_URL)
const redis = new Redis(process.env.REDIS_URL ?? '')
await Promise.all([client.connect().then(() => client.query('select 1')), redis.ping()])
console.log('connected')
await client.end()
redis.disconnect()
