/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of a presentation as scripts, each atomic.  For presentation.c alone.
 *
 * "v:TX" (TX: hash of the transaction's id) is a hash: d record, k its kid, g stage, w way, b hash
 * of the browser, s and x hashes of the latest handles, c when it was made, f when it was fetched,
 * h hash of the handle it was fetched by, n number, z whether the number was shown, t wrong tries,
 * r result, y failure. "vh:HASH" of a handle is its way (a digit), TX, '|', kid, '|', until when a
 * wallet may begin with it. "vr:HASH" of a response code is TX, '|', kid, '|', when it was made.
 *
 * ANSWER is what every script that finds a presentation returns: d g w n r y.
 */
#ifndef RECORDS_PRESENTATION_SCRIPT_H
#define RECORDS_PRESENTATION_SCRIPT_H

/* KEYS v:TX, vh:SAME, vh:CROSS (none: absent); ARGV ttl_ms, TX, doc, kid, browser, now, until,
 * SAME, CROSS */
#define PRESENTATION_CREATE \
	"redis.call('DEL', KEYS[1])\n" \
	"redis.call('HSET', KEYS[1], 'd', ARGV[3], 'k', ARGV[4], 'g', '1', 'w', '0',\n" \
	"  'b', ARGV[5], 'c', ARGV[6], 's', ARGV[8])\n" \
	"local of = ARGV[2] .. '|' .. ARGV[4] .. '|' .. ARGV[7]\n" \
	"redis.call('SET', KEYS[2], '1' .. of, 'PX', ARGV[1])\n" \
	"if ARGV[9] then\n" \
	"  redis.call('HSET', KEYS[1], 'x', ARGV[9])\n" \
	"  redis.call('SET', KEYS[3], '2' .. of, 'PX', ARGV[1])\n" \
	"end\n" \
	"redis.call('PEXPIRE', KEYS[1], ARGV[1])\n" \
	"return 1"

/* KEYS v:TX, vh:NEW, "vh:"; ARGV way, TX, until, grace_until, NEW */
#define PRESENTATION_RENEW \
	"local latest = ARGV[1] == '1' and 's' or 'x'\n" \
	"local v = redis.call('HMGET', KEYS[1], 'g', 'w', latest, 'k')\n" \
	"local ttl = redis.call('PTTL', KEYS[1])\n" \
	"if v[1] ~= '1' or v[2] ~= '0' or not v[3] or ttl <= 0 then return 0 end\n" \
	"local h = redis.call('GET', KEYS[3] .. v[3])\n" \
	"local head, till\n" \
	"if h then head, till = string.match(h, '^(.*|)(%d+)$') end\n" \
	"if till and tonumber(till) > tonumber(ARGV[4]) then\n" \
	"  redis.call('SET', KEYS[3] .. v[3], head .. ARGV[4], 'KEEPTTL')\n" \
	"end\n" \
	"redis.call('HSET', KEYS[1], latest, ARGV[5])\n" \
	"redis.call('SET', KEYS[2], ARGV[1] .. ARGV[2] .. '|' .. v[4] .. '|' .. ARGV[3],\n" \
	"  'PX', ttl)\n" \
	"return 1"

/* KEYS vh:HASH, "v:"; ARGV HASH, now, life_s [, again_s: a fetch] */
#define PRESENTATION_BY_HANDLE \
	"local h = redis.call('GET', KEYS[1])\n" \
	"if not h then return false end\n" \
	"local way, tx, kid, till = string.match(h, '^(%d)([^|]*)|([^|]*)|(%d+)$')\n" \
	"local k, now = KEYS[2] .. tx, tonumber(ARGV[2])\n" \
	"local v = redis.call('HMGET', k, 'g', 'k', 'c', 'f', 'h')\n" \
	"if v[1] ~= '1' or v[2] ~= kid then return false end\n" \
	"if now - tonumber(v[3]) > tonumber(ARGV[3]) then return false end\n" \
	"if v[4] then\n" \
	"  if v[5] ~= ARGV[1] then return false end\n" \
	"  if ARGV[4] and now - tonumber(v[4]) > tonumber(ARGV[4]) then return false end\n" \
	"else\n" \
	"  if not ARGV[4] or now > tonumber(till) then return false end\n" \
	"  redis.call('HSET', k, 'f', ARGV[2], 'w', way, 'h', ARGV[1])\n" \
	"end\n" \
	"return redis.call('HMGET', k, 'd', 'g', 'w')"

/* KEYS v:TX; ARGV kid */
#define PRESENTATION_CLAIM \
	"local v = redis.call('HMGET', KEYS[1], 'k', 'g')\n" \
	"if v[1] ~= ARGV[1] or v[2] ~= '1' then return 0 end\n" \
	"redis.call('HSET', KEYS[1], 'g', '2')\n" \
	"return 1"

/* KEYS v:TX, vr:HASH; ARGV kid, result, value of vr, ttl_ms, number */
#define PRESENTATION_ANSWER \
	"local v = redis.call('HMGET', KEYS[1], 'k', 'g')\n" \
	"if v[1] ~= ARGV[1] or v[2] ~= '2' then return 0 end\n" \
	"redis.call('HSET', KEYS[1], 'g', '3', 'r', ARGV[2], 'n', ARGV[5])\n" \
	"redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])\n" \
	"return 1"

/* KEYS v:TX; ARGV kid, why */
#define PRESENTATION_FAIL \
	"local v = redis.call('HMGET', KEYS[1], 'k', 'g')\n" \
	"if v[1] ~= ARGV[1] or (v[2] ~= '1' and v[2] ~= '2') then return 0 end\n" \
	"redis.call('HSET', KEYS[1], 'g', '5', 'y', ARGV[2])\n" \
	"return 1"

/* KEYS vr:HASH, "v:"; ARGV browser, now, code_s */
#define PRESENTATION_RETURN \
	"local c = redis.call('GETDEL', KEYS[1])\n" \
	"if not c then return 0 end\n" \
	"local tx, kid, made = string.match(c, '^([^|]*)|([^|]*)|(%d+)')\n" \
	"if tonumber(ARGV[2]) - tonumber(made) > tonumber(ARGV[3]) then return 0 end\n" \
	"local k = KEYS[2] .. tx\n" \
	"local v = redis.call('HMGET', k, 'g', 'w', 'b', 'k')\n" \
	"if v[1] ~= '3' or v[4] ~= kid then return 0 end\n" \
	"if v[2] == '2' then\n" \
	"  redis.call('HSET', k, 'z', '1')\n" \
	"  return redis.call('HMGET', k, 'd', 'g', 'w', 'n')\n" \
	"end\n" \
	"if v[3] ~= ARGV[1] then\n" \
	"  redis.call('HSET', k, 'g', '5', 'y', 'other-browser')\n" \
	"  return 1\n" \
	"end\n" \
	"redis.call('HSET', k, 'g', '4')\n" \
	"return redis.call('HMGET', k, 'd', 'g', 'w', '-', 'r')"

/* KEYS v:TX; ARGV browser, number, tries, now, life_s.  -1 not found, -2 other browser, -3 not at
 * this step, else how many tries are left */
#define PRESENTATION_CONFIRM \
	"local v = redis.call('HMGET', KEYS[1], 'g', 'w', 'b', 'n', 'z', 'c')\n" \
	"if not v[1] or tonumber(ARGV[4]) - tonumber(v[6]) > tonumber(ARGV[5]) then return -1 " \
	"end\n" \
	"if v[3] ~= ARGV[1] then return -2 end\n" \
	"if v[1] ~= '3' or v[2] ~= '2' or not v[5] then return -3 end\n" \
	"if v[4] ~= ARGV[2] then\n" \
	"  local left = tonumber(ARGV[3]) - redis.call('HINCRBY', KEYS[1], 't', 1)\n" \
	"  if left <= 0 then redis.call('HSET', KEYS[1], 'g', '5', 'y', 'number') end\n" \
	"  return left\n" \
	"end\n" \
	"redis.call('HSET', KEYS[1], 'g', '4')\n" \
	"return redis.call('HMGET', KEYS[1], 'd', 'g', 'w', '-', 'r')"

/* KEYS v:TX */
#define PRESENTATION_LOOK \
	"if redis.call('EXISTS', KEYS[1]) == 0 then return false end\n" \
	"return redis.call('HMGET', KEYS[1], 'd', 'g', 'w', '-', '-', 'y')"

#endif
