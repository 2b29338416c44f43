-- Writes down again what a process owns, after Redis lost it. Never takes anything from anybody.
-- KEYS: owner hashes ...
-- ARGV: process, incarnation, epochs in the order of the keys ...
-- Answers how many are this process's now.
local process, incarnation = ARGV[1], ARGV[2]
local ours = 0
for i = 1, #KEYS do
  local held = redis.call('HMGET', KEYS[i], 'process', 'incarnation', 'epoch')
  local epoch = ARGV[i + 2]
  if not held[1] and tonumber(held[3] or 0) <= tonumber(epoch) then
    redis.call('HSET', KEYS[i], 'process', process, 'incarnation', incarnation, 'epoch', epoch)
    redis.call('PERSIST', KEYS[i])
    ours = ours + 1
  elseif held[2] == incarnation then
    ours = ours + 1
  end
end
return ours
