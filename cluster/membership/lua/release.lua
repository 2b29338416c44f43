-- Frees an actor if exactly this owner at this epoch has it. The epoch stays behind as a floor for a while; after that
-- Postgres alone knows it, and raises the floor of a claim that comes too low.
-- KEYS: owner hash
-- ARGV: process, incarnation, epoch, ms to keep the epoch
-- Answers 1 when freed, else 0.
local held = redis.call('HMGET', KEYS[1], 'process', 'incarnation', 'epoch')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[1], 'process', 'incarnation')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
