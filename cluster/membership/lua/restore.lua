-- Writes down again what a process owns, after Redis lost it. A row of a lower epoch is older than that, whoever it names.
-- KEYS: owner hashes ...
-- ARGV: process, incarnation, epochs in the order of the keys ...
-- Answers how many are this process's now, then the places among the keys: of those that were written, and, below zero,
-- of those that have a later epoch and are not this process's.
local process, incarnation = ARGV[1], ARGV[2]
local ours = 0
local answer = { 0 }
for i = 1, #KEYS do
  local held = redis.call('HMGET', KEYS[i], 'process', 'incarnation', 'epoch')
  local epoch, known = ARGV[i + 2], tonumber(held[3] or 0)
  if known < tonumber(epoch) or (not held[1] and known == tonumber(epoch)) then
    redis.call('HSET', KEYS[i], 'process', process, 'incarnation', incarnation, 'epoch', epoch)
    redis.call('PERSIST', KEYS[i])
    ours = ours + 1
    answer[#answer + 1] = i
  elseif held[2] == incarnation then
    ours = ours + 1
  else
    answer[#answer + 1] = -i
  end
end
answer[1] = ours
return answer
