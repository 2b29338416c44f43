-- Takes an actor for a process: if nobody holds it, it was released, the holder's lease is gone, or the claimant is the
-- holder itself. The epoch only ever rises.
-- KEYS: owner hash, members, prefix of node hashes
-- ARGV: process, incarnation, floor
-- Answers { 1, epoch, process, incarnation } of who had it until now ('' where it was free), { 0, process, incarnation, epoch } of the holder, or { -1 } when the claimant has no lease.
local owner, members, nodes = unpack(KEYS)
local process, incarnation, floor = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function isLive(name, life)
  return redis.call('HGET', nodes .. name, 'incarnation') == life
    and tonumber(redis.call('ZSCORE', members, name) or 0) > now
end

if not isLive(process, incarnation) then return { -1 } end
local held = redis.call('HMGET', owner, 'process', 'incarnation', 'epoch')
local isOurs = held[1] == process and held[2] == incarnation
if held[1] and not isOurs and isLive(held[1], held[2]) then return { 0, held[1], held[2], held[3] } end

local epoch = math.max(tonumber(held[3] or 0), tonumber(floor)) + 1
redis.call('HSET', owner, 'process', process, 'incarnation', incarnation, 'epoch', string.format('%d', epoch))
redis.call('PERSIST', owner)
return { 1, string.format('%d', epoch), held[1] or '', held[2] or '' }
