-- Gives a lease back, or takes it away from exactly that incarnation.
-- KEYS: members, node hash, tombstone of that incarnation, ring version
-- ARGV: process, incarnation, tombstone ms (0: leave none)
-- Answers 1 when that incarnation held the lease, else 0.
local members, node, tombstone, ring = unpack(KEYS)
local process, incarnation, tombstoneMs = unpack(ARGV)

if redis.call('HGET', node, 'incarnation') ~= incarnation then return 0 end
if tonumber(tombstoneMs) > 0 then redis.call('SET', tombstone, '1', 'PX', tombstoneMs) end
redis.call('DEL', node)
redis.call('ZREM', members, process)
redis.call('INCR', ring)
return 1
