-- Owners of actors, where they hold a lease.
-- KEYS: members, prefix of node hashes, owner hashes ...
-- Answers one [process, incarnation, epoch] for each owner hash, empty where there is no live owner.
local members, nodes = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local answer = {}
for i = 3, #KEYS do
  local held = redis.call('HMGET', KEYS[i], 'process', 'incarnation', 'epoch')
  local isLive = held[1]
    and redis.call('HGET', nodes .. held[1], 'incarnation') == held[2]
    and tonumber(redis.call('ZSCORE', members, held[1]) or 0) > now
  answer[#answer + 1] = isLive and held or {}
end
return answer
