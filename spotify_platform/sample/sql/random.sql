-- Randomness without state: every draw is a hash of what it is about (a key), of what it is for (a
-- salt, in words) and of the seed. Rows can then be made in any order, on any number of threads, and
-- are the same in a world of any size. (DuckDB may change its hash in a new version, and the world with it.)

-- The two hashes are combined before a third: hash(key, salt) alone only flips the same bits for two
-- salts, so that two draws about one key would depend on each other.
create macro bits(key, salt) as
  hash(xor(hash(key::bigint), hash(salt, getvariable('seed')::bigint)));

-- Uniform on [0, 1).
create macro uniform(key, salt) as (bits(key, salt) >> 11)::double / 9007199254740992.0;

-- Nearly standard normal: the sum of four uniform 16-bit lanes of one hash; never beyond ±3.47.
create macro normal(key, salt) as
  (
    ((bits(key, salt) & 65535)
      + ((bits(key, salt) >> 16) & 65535)
      + ((bits(key, salt) >> 32) & 65535)
      + (bits(key, salt) >> 48))::double / 65536.0 - 2.0
  ) * 1.7320508075688772;

-- An integer in [0, bound).
create macro below(bound, key, salt) as floor(bound * uniform(key, salt))::bigint;

-- One element of a list.
create macro pick(items, key, salt) as items[1 + below(len(items), key, salt)];

-- A 22-character base62 identifier. Identifiers are 128-bit numbers, so the first digit is below 8.
create macro identifier(key, salt) as
  (bits(key, salt) % 7)::varchar
  || left(translate(to_base64(unhex(md5(concat_ws('/', salt, key, getvariable('seed'))))), '+/', 'Kx'), 21);

-- A UUID.
create macro uuid_like(key, salt) as md5(concat_ws('/', salt, key, getvariable('seed')))::uuid::varchar;
