-- Who holds a lease now. Leases that ran out are cleared first, which counts as a change.
-- KEYS: members, ring version, prefix of node hashes
-- ARGV: ring version already known ('' for none)
-- Answers { ring version, complete (1 or 0), [process, incarnation, facts, state, load, ms left] ... }; the list is left
-- out when the ring version is the known one.
local members, ring, nodes = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if redis.call('ZREMRANGEBYSCORE', members, '-inf', now) > 0 then redis.call('INCR', ring) end
local version = redis.call('GET', ring) or '0'
if version == ARGV[1] then return { version, 0 } end

local answer = { version, 1 }
local leases = redis.call('ZRANGE', members, 0, -1, 'WITHSCORES')
for i = 1, #leases, 2 do
  local node = redis.call('HMGET', nodes .. leases[i], 'incarnation', 'facts', 'state', 'load')
  if node[1] then
    answer[#answer + 1] = { leases[i], node[1], node[2], node[3], node[4], tostring(leases[i + 1] - now) }
  end
end
return answer
