-- Gives a claim back to the owner that Postgres knows of, if exactly this claim still stands.
-- KEYS: owner hash
-- ARGV: process, incarnation, epoch of the claim; process, incarnation, epoch of the owner
-- Answers 1 when given back, else 0.
local held = redis.call('HMGET', KEYS[1], 'process', 'incarnation', 'epoch')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'process', ARGV[4], 'incarnation', ARGV[5], 'epoch', ARGV[6])
return 1
