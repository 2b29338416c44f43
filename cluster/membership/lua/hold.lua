-- Takes or renews the lease of one process.
-- KEYS: members, node hash, tombstone of this incarnation, ring version, prefix of tombstones
-- ARGV: process, incarnation, facts (JSON), state, load, lease ms, take over ('1' or '0'), tombstone ms
-- Answers 'held', or why not: 'revoked' (a tombstone stands), 'superseded' (another incarnation holds the lease).
local members, node, tombstone, ring, tombstones = unpack(KEYS)
local process, incarnation, facts, state, load, leaseMs, takeOver, tombstoneMs = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if redis.call('EXISTS', tombstone) == 1 then return 'revoked' end

local lease = redis.call('HMGET', node, 'incarnation', 'state')
local isLive = lease[1] and tonumber(redis.call('ZSCORE', members, process) or 0) > now
if isLive and lease[1] ~= incarnation then
  if takeOver ~= '1' then return 'superseded' end
  redis.call('SET', tombstones .. lease[1], '1', 'PX', tombstoneMs)
end

if not isLive or lease[1] ~= incarnation or lease[2] ~= state then redis.call('INCR', ring) end
redis.call('DEL', node)
redis.call('HSET', node, 'incarnation', incarnation, 'facts', facts, 'state', state, 'load', load)
redis.call('PEXPIRE', node, leaseMs)
redis.call('ZADD', members, now + leaseMs, process)
return 'held'
