-- Hands an actor from exactly this owner at this epoch to another process, under the next epoch.
-- KEYS: owner hash, members, prefix of node hashes
-- ARGV: process, incarnation, epoch of the owner; process, incarnation of the heir
-- Answers the heir's epoch, or 0 when the owner is not the owner any more or the heir holds no lease.
local owner, members, nodes = unpack(KEYS)
local process, incarnation, epoch, heir, heirLife = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local held = redis.call('HMGET', owner, 'process', 'incarnation', 'epoch')
if held[1] ~= process or held[2] ~= incarnation or held[3] ~= epoch then return 0 end
local isLive = redis.call('HGET', nodes .. heir, 'incarnation') == heirLife
  and tonumber(redis.call('ZSCORE', members, heir) or 0) > now
if not isLive then return 0 end

local next = tonumber(epoch) + 1
redis.call('HSET', owner, 'process', heir, 'incarnation', heirLife, 'epoch', string.format('%d', next))
return next
