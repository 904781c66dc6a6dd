-- SPDX-License-Identifier: Apache-2.0
-- The same request each time, for wrk: PATH_ASKED with FORM (a POST) or AUTHORIZATION (a GET) of the environment.
local form, authorization = os.getenv("FORM"), os.getenv("AUTHORIZATION")
local threads = {}
finished, wrong = 0, 0

if form ~= "" then
   wrk.method, wrk.body = "POST", form
   wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
else
   wrk.headers["Authorization"] = authorization
end
wrk.path = os.getenv("PATH_ASKED")

function setup(thread)
   table.insert(threads, thread)
end

function response(status)
   if status == 200 then
      finished = finished + 1
   else
      wrong = wrong + 1
   end
end

function done(summary, latency)
   local all, bad = 0, 0
   for _, thread in ipairs(threads) do
      all = all + thread:get("finished")
      bad = bad + thread:get("wrong")
   end
   io.write(string.format("RESULT done=%d wrong=%d us=%d p50=%d p99=%d requests=%d\n", all, bad,
      summary.duration, latency:percentile(50), latency:percentile(99), summary.requests))
end
