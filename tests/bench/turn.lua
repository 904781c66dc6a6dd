-- SPDX-License-Identifier: Apache-2.0
-- What every script of the bench shares: how many things were finished, and what came wrong.  A turn with one wrong
-- answer counts for nothing (see work.py): the first of each thread is shown whole.
local threads = {}
finished, wrong, first_wrong = 0, 0, ""

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

function is_wrong(status, body)
   wrong = wrong + 1
   if wrong == 1 then
      first_wrong = status .. " " .. (body or "")
   end
end

function done(summary, latency)
   local all, bad, lost = 0, 0, summary.errors
   for _, thread in ipairs(threads) do
      all = all + thread:get("finished")
      bad = bad + thread:get("wrong")
      if thread:get("first_wrong") ~= "" then
         io.stderr:write("wrong answer: ", thread:get("first_wrong"), "\n")
      end
   end
   io.write(string.format("RESULT done=%d wrong=%d lost=%d us=%d p50=%d p99=%d requests=%d\n", all, bad,
      lost.connect + lost.read + lost.write + lost.timeout, summary.duration, latency:percentile(50),
      latency:percentile(99), summary.requests))
end
